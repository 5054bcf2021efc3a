import { inspect } from 'node:util';

/** A URL that may carry a user and password. No log, no JSON and no error shows them; `shown` is without them. */
export class SecretUrl {
  readonly #url: URL;

  /** @throws RangeError, without the text in it, when it is not a URL. */
  constructor(text: string) {
    const url = URL.parse(text);
    if (url === null) throw new RangeError('not a URL'); // `new URL` quotes the text in its error
    this.#url = url;
  }

  /** With user and password, for the connection. Without a slash at the end. */
  reveal(): string {
    return withoutEndSlashes(this.#url);
  }

  /** Without user and password, for people and clients. */
  get shown(): string {
    const url = new URL(this.#url);
    url.username = '';
    url.password = '';
    return withoutEndSlashes(url);
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

/** "http://bee:1633/" -> "http://bee:1633". */
export function withoutEndSlashes({ href }: URL): string {
  let end = href.length;
  while (href[end - 1] === '/') end -= 1;
  return href.slice(0, end);
}

/** A part of a setting, quoted for an error message; not when it could be a URL with a password. */
export const quoted = (text: string): string => (text.includes('@') ? 'the value' : `"${text}"`);

/** What ends the authority of a URL in a text: the next part of the URL, or the end of the URL. */
const AUTHORITY_END = /[/\\?#\s"'<>]/g;

/**
 * "https://me:pass@host/" -> "https://host/", wherever it stands in a text: a second net under `SecretUrl`, for text
 * from outside. Looks at each character once or twice, however long the text is.
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
