/**
 * Returns undefined (which no JSON text means) for invalid JSON, and for JSON that is longer, more deeply nested or has more
 * parts than any answer of Bee: parsing 8 MB of brackets would block the event loop for most of a second.
 */
export function parseJson(text: string, maxLength: number = MAX_ANSWER_LENGTH): unknown {
  if (text.length > maxLength || !isWithinBounds(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bee's answers are shorter than 2,000 characters, except for the lists. */
export const MAX_ANSWER_LENGTH = 64 * 1024;
/** The lists are nested four levels deep. */
const MAX_LEVELS = 32;
/** Objects and arrays. The longest answer that the transport accepts holds about 30,000 stamps. */
const MAX_PARTS = 100_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The one bit in which "[" differs from "{", and "]" from "}". */
const BRACKET_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** Reads each character once. */
function isWithinBounds(text: string): boolean {
  let [levels, parts, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inString = !inString;
    else if (inString) at += code === BACKSLASH ? 1 : 0;
    else if ((code | BRACKET_BIT) === OPENING) {
      levels += 1;
      parts += 1;
      if (levels > MAX_LEVELS || parts > MAX_PARTS) return false;
    } else if ((code | BRACKET_BIT) === CLOSING) levels -= 1;
  }
  return true;
}
