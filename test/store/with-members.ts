import type { Store } from '../../src/store/store.ts';

/** The store with other members in the place of its own. */
export const withMembers = (store: Store, members: Partial<Store>): Store =>
  new Proxy(store, {
    get: (target, key): unknown => {
      const member: unknown = Reflect.get(target, key);
      return Reflect.get(members, key) ?? (typeof member === 'function' ? member.bind(target) : member);
    },
  });
