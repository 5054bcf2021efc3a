import type { Change } from '../../src/domain/change.ts';
import type { Store } from '../../src/store/store.ts';

/** A store that does something right after it has committed the first change of this kind. */
export const afterCommit =
  (kind: Change['change'], happening: () => Promise<void>) =>
  (store: Store): Store => {
    let isOver = false;
    return new Proxy(store, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (key !== 'write') return typeof member === 'function' ? member.bind(target) : member;
        return async (...given: Parameters<Store['write']>) => {
          const commit = await target.write(...given);
          if (isOver || given[0][0]?.change !== kind) return commit;
          isOver = true;
          await happening();
          return commit;
        };
      },
    });
  };
