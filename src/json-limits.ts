const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** The one bit in which "[" differs from "{", and "]" from "}". */
const BRACKET_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * Whether a JSON text exceeds these limits. Characters inside strings do not count. It takes one pass over any text; a
 * regular expression would take quadratic time on a string that is not closed.
 */
export function exceedsLimits(
  text: string,
  { levels, values = Number.POSITIVE_INFINITY, parts = Number.POSITIVE_INFINITY }: JsonLimits,
): boolean {
  let [depth, commas, opened] = [0, 0, 0];
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === COMMA) commas += 1;
    else if ((unit | BRACKET_BIT) === OPENING) {
      depth += 1;
      opened += 1;
    } else if ((unit | BRACKET_BIT) === CLOSING) depth -= 1;
    if (depth > levels || commas >= values || opened > parts) return true;
  }
  return false;
}

export interface JsonLimits {
  /** The depth of nested arrays and objects. */
  readonly levels: number;
  /** The number of members and elements, counted by the commas between them. */
  readonly values?: number;
  /** The number of objects and arrays. */
  readonly parts?: number;
}
