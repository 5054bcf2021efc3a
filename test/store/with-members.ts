/** The store, or a part of it, with other members in the place of its own. */
export const withMembers = <Part extends object>(part: Part, members: Partial<Part>): Part =>
  new Proxy(part, {
    get: (target, key): unknown => {
      const member: unknown = Reflect.get(target, key);
      return Reflect.get(members, key) ?? (typeof member === 'function' ? member.bind(target) : member);
    },
  });
