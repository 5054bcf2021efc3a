import type { Store } from '../../src/store/store.ts';

export interface WatchedStore {
  readonly store: Store;
  /** Whether the store works on a call. */
  readonly isBusy: () => boolean;
  /** Resolves when it has ended all calls. */
  readonly idle: () => Promise<void>;
}

/** A store whose calls are counted, also those of its ports, so that a test can wait for real input and output. */
export function watchedStore(store: Store): WatchedStore {
  let calls = 0;
  let waiting: (() => void)[] = [];
  const ended = (): void => {
    calls -= 1;
    if (calls > 0) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  };
  const watched = <Part extends object>(part: Part): Part => {
    const ports = new Map<unknown, object>();
    return new Proxy(part, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member === 'object' && member !== null) {
          const port = ports.get(key) ?? watched(member);
          ports.set(key, port);
          return port;
        }
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(member, target, args);
          if (!(answer instanceof Promise)) return answer;
          calls += 1;
          answer.then(ended, ended);
          return answer;
        };
      },
    });
  };
  return {
    store: watched(store),
    isBusy: () => calls > 0,
    idle: async () => {
      if (calls > 0) await new Promise<void>((resolve) => void waiting.push(resolve));
    },
  };
}
