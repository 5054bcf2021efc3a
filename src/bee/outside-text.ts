/** What of a text of a node is kept: enough for Bee's longest message. */
const MAX_KEPT_LENGTH = 200;

/** Control characters, line and paragraph separators, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+/gu;

/** A copy of the first characters: a slice would keep the rest in memory. Half a surrogate pair is replaced. */
export const shortened = (text: string, maxLength: number = MAX_KEPT_LENGTH): string =>
  Buffer.from(text.slice(0, maxLength)).toString();

/**
 * A text from outside in one bounded line of printable characters, for logs, incidents and orders. It is cut first, so
 * that the work does not grow with the text.
 */
export const plainText = (text: string, maxLength: number = MAX_KEPT_LENGTH): string =>
  `${shortened(text, maxLength).replace(UNPRINTABLE, ' ').trim()}${text.length > maxLength ? '…' : ''}`;
