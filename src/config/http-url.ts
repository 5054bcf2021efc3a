import { quoted } from './secret-url.ts';

/** null if it is not an http or https URL. Encodes tabs and line ends first: the URL parser would remove them from a password. */
export function parseHttpUrl(given: string): URL | null {
  const encoded = given.replace(/[\t\n\r]/g, (character) => encodeURIComponent(character));
  return /^https?:\/\//i.test(encoded) ? URL.parse(encoded) : null;
}

export const notHttp = (given: string): string =>
  given.includes('@')
    ? NOT_HTTP_WITH_USER
    : `${quoted(given)} is not a URL that starts with http:// or https://`;

export const NOT_HTTP_WITH_USER =
  'it is not a URL that starts with http:// or https://; in the user or password "/" is written %2F, "\\" %5C, "?" %3F and "#" %23';

/** A "/" in a password ends the authority early: the rest of the password would be shown as the path. */
export const hasAtAfterHost = ({ pathname, search, hash }: URL): boolean =>
  `${pathname}${search}${hash}`.includes('@');

export const RESERVED_IN_USER =
  'there is an "@" after the host: in the user or password "/" is written %2F, "\\" %5C, "?" %3F and "#" %23, and elsewhere "@" is written %40';

export function isDecodable(encoded: string): boolean {
  try {
    return decodeURIComponent(encoded) !== undefined;
  } catch {
    return false;
  }
}
