import { inspect } from 'node:util';

/** A value that cannot be logged or serialized. What may be read of it, the class that extends this one says. */
export abstract class Secret {
  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
