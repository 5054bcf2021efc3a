import { OutcomeUnknownError, type Store, StoreFailedError } from '../../src/store/store.ts';

/** A failed database: every operation fails. */
export const failing = (store: Store): Store =>
  new Proxy(store, {
    get: () => async (): Promise<never> => {
      throw new StoreFailedError('disk I/O error');
    },
  });

const WRITES: readonly (string | symbol)[] = ['acquire', 'write', 'probe'] satisfies (keyof Store)[];

/** A full disk: reads succeed, and writes fail. */
export const full = (store: Store): Store =>
  new Proxy(store, {
    get: (target, key) => {
      if (WRITES.includes(key)) return () => Promise.reject(new StoreFailedError('disk is full'));
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

/** A server that is away: whether it has committed an acquisition is not known. */
export const away = (store: Store): Store =>
  new Proxy(store, {
    get: (target, key) => {
      if (key === 'acquire') return () => Promise.reject(new OutcomeUnknownError('no answer'));
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

const STOCK_READS: readonly (string | symbol)[] = ['snapshot', 'openOrders'] satisfies (keyof Store)[];

/** A bug, or a row that this service did not write: reading the stock fails. */
export const unreadable = (store: Store): Store =>
  new Proxy(store, {
    get: (target, key) => {
      if (STOCK_READS.includes(key)) return () => Promise.reject(new TypeError('invalid stamp on disk'));
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
