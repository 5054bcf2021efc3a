/**
 * One bounded line of printable characters, for texts that a node sends and logs, incidents and orders show. It cuts first,
 * so that the work does not grow with the text.
 */
export const plainText = (text: string, maxLength: number = MAX_LENGTH): string =>
  `${truncate(text, maxLength).replace(UNPRINTABLE, ' ').trim()}${text.length > maxLength ? '…' : ''}`;

/** With a period at its end, if it has no mark there. */
export const asSentence = (text: string): string => (/[.?!…]$/.test(text) ? text : `${text}.`);

/** Copies the first characters: a slice would keep the whole text in memory. Replaces half a surrogate pair. */
export const truncate = (text: string, maxLength: number = MAX_LENGTH): string =>
  Buffer.from(text.slice(0, maxLength)).toString();

/** Longer than any message of Bee. */
const MAX_LENGTH = 200;

/** Control characters, line and paragraph separators, and characters that change the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/gu;
