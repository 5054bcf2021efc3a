import { type Store, StoreFailedError } from '../../src/store/store.ts';

/** What is wrong with the disk or with the file on it. */
export interface StoreTrouble {
  /** Writes are rejected: the disk is full. */
  full: boolean;
  /** So many more calls are rejected: somebody else holds the file. */
  busyCalls: number;
  /** Called with every call that was rejected. */
  onRejected: (why: 'full' | 'busy') => void;
}

const WRITES = new Set(['write', 'acquire']);

/**
 * The store, with trouble. It rejects before it does anything, never after: a store that rejects has written nothing,
 * as its port says.
 */
export function failingStore(store: Store, trouble: StoreTrouble): Store {
  const rejection = (method: string): Promise<never> | null => {
    if (trouble.busyCalls > 0) {
      trouble.busyCalls -= 1;
      trouble.onRejected('busy');
      return Promise.reject(new StoreFailedError(`${method}: database is locked`));
    }
    if (trouble.full && WRITES.has(method)) {
      trouble.onRejected('full');
      return Promise.reject(new StoreFailedError(`${method}: database or disk is full`));
    }
    return null;
  };
  return new Proxy(store, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || typeof key !== 'string') return member;
      return (...args: unknown[]): unknown => rejection(key) ?? Reflect.apply(member, target, args);
    },
  });
}
