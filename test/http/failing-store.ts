import { OutcomeUnknownError, type Store, StoreFailedError } from '../../src/store/store.ts';
import { withMembers } from '../store/with-members.ts';

/** A failed database: every operation fails. */
export const failing = (store: Store): Store =>
  new Proxy(store, {
    get: () => async (): Promise<never> => {
      throw new StoreFailedError('disk I/O error');
    },
  });

/** A full disk: reads succeed, and writes fail. */
export function full(store: Store): Store {
  const fail = () => Promise.reject(new StoreFailedError('disk is full'));
  return withMembers(store, { acquire: fail, write: fail, probe: fail });
}

/** A server that is away: whether it has committed an acquisition is not known. */
export const away = (store: Store): Store =>
  withMembers(store, { acquire: () => Promise.reject(new OutcomeUnknownError('no answer')) });

/** A bug, or a row that this service did not write: reading the stock fails. */
export function unreadable(store: Store): Store {
  const fail = () => Promise.reject(new TypeError('invalid stamp on disk'));
  return withMembers(store, { snapshot: fail, openOrders: fail });
}
