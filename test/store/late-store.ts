import type { Store } from '../../src/store/store.ts';

export interface LateStore {
  readonly store: Store;
  /** How many answers are on their way. */
  readonly pending: () => number;
}

/**
 * A store on the other side of a network: it carries out each call at once, and answers 0 to 10 units of time late, so
 * that answers arrive in another order than the commits. A rehearsal for a database server.
 */
export function lateStore(
  store: Store,
  { random, wait }: { readonly random: () => number; readonly wait: (units: number) => Promise<void> },
): LateStore {
  let pending = 0;
  const late = async (answer: Promise<unknown>): Promise<unknown> => {
    const units = Math.floor(random() * 11);
    pending += 1;
    try {
      await answer.catch(() => {}); // thrown below, late as well
      await wait(units);
      return await answer;
    } finally {
      pending -= 1;
    }
  };
  const proxy = new Proxy(store, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      if (key === Symbol.asyncDispose) return member.bind(target);
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? late(answer) : answer;
      };
    },
  });
  return { store: proxy, pending: () => pending };
}

/** A unit of time that passes when nothing else is to be done. */
export async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve));
}
