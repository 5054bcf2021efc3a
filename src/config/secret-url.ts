import { inspect } from 'node:util';

/** A URL that may carry a user and password: no log and no JSON shows it, and `shown` is without them. */
export class SecretUrl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The whole of it, for whoever connects. Without a slash at the end. */
  reveal(): string {
    return this.#url.replace(/\/+$/, '');
  }

  /** Without user and password, for people. */
  get shown(): string {
    return withoutUserInfo(this.reveal());
  }

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

/** "https://me:pass@host/" -> "https://host/", in whatever text it stands. */
export const withoutUserInfo = (text: string): string => text.replace(/\/\/[^\s"]*@/g, '//');
