import { type Store, StoreFailedError } from '../../src/store/store.ts';

/** A database at fault: whatever is asked of it fails. */
export const failing = (store: Store): Store =>
  new Proxy(store, {
    get: () => async (): Promise<never> => {
      throw new StoreFailedError('disk I/O error');
    },
  });
