/**
 * A text of the server as one line that a terminal shows and does not obey. Control characters, and those that are
 * invisible or change the direction of writing, are shown as escapes such as \x1b.
 */
export const printable = (text: string): string =>
  cut(text).replace(UNPRINTABLE, (character) => escapeOf(character.codePointAt(0) ?? 0));

/** Every text in `value` as `printable` returns it. */
export function printableDeep<Value>(value: Value): Value;
export function printableDeep(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map((item: unknown) => printableDeep(item));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, printableDeep(item)]));
}

/** JSON in which such characters are escaped, so that it is the same data and safe to show. */
export const escapedJson = (value: object, indent: number = 2): string =>
  (JSON.stringify(value, null, indent) ?? '').replace(UNPRINTABLE_IN_JSON, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

const MAX_LENGTH = 2000;

const cut = (text: string): string => (text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`);

/** Controls, formats (bidirectional overrides, zero-width, tags), private use, halves of surrogate pairs, separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
/** JSON.stringify escapes the controls in texts; its own line ends stay. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Co}\u2028\u2029]/gu;

const escapeOf = (code: number): string =>
  code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
