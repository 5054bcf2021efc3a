import { type Store, StoreFailedError } from '../../src/store/store.ts';

/** A database at fault: whatever is asked of it fails. */
export const failing = (store: Store): Store =>
  new Proxy(store, {
    get: () => async (): Promise<never> => {
      throw new StoreFailedError('disk I/O error');
    },
  });

const WRITES: readonly (string | symbol)[] = ['acquire', 'write', 'probe'] satisfies (keyof Store)[];

/** As on a full disk: reads succeed, writes fail. */
export const full = (store: Store): Store =>
  new Proxy(store, {
    get: (target, key) => {
      if (WRITES.includes(key)) return () => Promise.reject(new StoreFailedError('disk is full'));
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

/** A bug of ours, or a row that no code of ours wrote: reading the stock fails. */
export const unreadable = (store: Store): Store =>
  new Proxy(store, {
    get: (target, key) => {
      if (key === 'stock') return () => Promise.reject(new TypeError('no stamp on disk looks like this'));
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
