import { Secret } from './secret.ts';

/** A URL that may contain a user and password. It cannot be logged or serialized with them; `shown` omits them. */
export class SecretUrl extends Secret {
  readonly #url: URL;

  /** @throws RangeError, whose message omits the text, if it is not a URL. */
  constructor(text: string) {
    super();
    const url = URL.parse(text);
    if (url === null) throw new RangeError('not a URL'); // the error of `new URL` contains the text
    this.#url = url;
  }

  /** With user and password, for the connection; without trailing slashes. */
  reveal(): string {
    return withoutTrailingSlashes(this.#url);
  }

  get hasUser(): boolean {
    return this.#url.username !== '' || this.#url.password !== '';
  }

  /** Without user and password, for logs and clients; without trailing slashes. */
  get shown(): string {
    const url = new URL(this.#url);
    url.username = '';
    url.password = '';
    return withoutTrailingSlashes(url);
  }
}

/** "http://bee:1633/" -> "http://bee:1633". */
export function withoutTrailingSlashes({ href }: URL): string {
  let end = href.length;
  while (href[end - 1] === '/') end -= 1;
  return href.slice(0, end);
}

/** Quotes a part of a setting for an error message, except a text with an "@", which may contain a password. */
export const quoted = (text: string): string => (text.includes('@') ? 'the value' : `"${text}"`);

/** A character that ends the authority of a URL within a text. */
const AUTHORITY_END = /[/\\?#\s"'<>]/g;

/**
 * Removes user and password from every URL in a text: "https://me:pass@host/" becomes "https://host/". Protects secrets in
 * texts that `SecretUrl` cannot cover, such as error messages of libraries. Runs in linear time.
 */
export function withoutUserInfo(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let slashes = text.indexOf('//'); slashes >= 0; slashes = text.indexOf('//', from)) {
    let start = slashes + 2;
    while (text[start] === '/') start += 1;
    AUTHORITY_END.lastIndex = start;
    const end = AUTHORITY_END.exec(text)?.index ?? text.length;
    const afterUser = start + text.slice(start, end).lastIndexOf('@') + 1;
    kept.push(text.slice(from, start), text.slice(afterUser, end));
    from = end;
  }
  kept.push(text.slice(from));
  return kept.join('');
}
