import type { Change } from '../../src/domain/change.ts';
import type { Store } from '../../src/store/store.ts';
import { withMembers } from '../store/with-members.ts';

/** A store that does something right after it has committed the first change of this kind. */
export const afterCommit =
  (kind: Change['change'], happening: () => Promise<void>) =>
  (store: Store): Store => {
    let isOver = false;
    return withMembers(store, {
      write: async (...given) => {
        const commit = await store.write(...given);
        if (isOver || given[0][0]?.change !== kind) return commit;
        isOver = true;
        await happening();
        return commit;
      },
    });
  };
