import { quoted } from './secret-url.ts';

/**
 * The percent-decoded path of a URL such as file:data/pool.db, file:/var/pool.db or file:///var/my%20pool.db. Accepts
 * only the query parameters in `allowed`, such as "mode=rwc".
 *
 * @throws RangeError with the mistake.
 */
export function pathOfFileUrl(text: string, allowed: readonly string[] = []): string {
  const [, authority = '', encoded = '', query, fragment] =
    /^file:(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(#.*)?$/is.exec(text) ?? [];
  if (encoded === '') throw new RangeError('it has no path: write file:<path>');
  if (authority !== '' && authority.toLowerCase() !== 'localhost')
    throw new RangeError(
      `${quoted(authority)} would be a host: write file:<path>, or file:///<path> from the root`,
    );
  if (fragment !== undefined) throw new RangeError('a "#" in the path is written %23');
  const unknown = query?.split('&').find((parameter) => !allowed.includes(parameter));
  if (unknown !== undefined)
    throw new RangeError(
      `the parameter ${quoted(unknown)} is not understood; a "?" in the path is written %3F`,
    );
  const path = decoded(encoded);
  if (path.includes('\0')) throw new RangeError('a path has no NUL');
  if (/^~(\/|$)/.test(path)) throw new RangeError('"~" is not expanded: write the whole path');
  if (path.endsWith('/')) throw new RangeError('it is the path of a directory: add the name of the file');
  return path;
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new RangeError('a "%" in the path is written %25', { cause });
  }
}
