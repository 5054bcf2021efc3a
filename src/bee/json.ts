/** Bee's answers other than lists have less than 2,000 characters. */
export const MAX_ANSWER_LENGTH = 64 * 1024;
/** The lists have four levels. */
const MAX_LEVELS = 32;
/** Of objects and arrays. Some 30,000 stamps fit in the longest answer (http-transport.ts). */
const MAX_PARTS = 100_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Sets the one bit in which "[" differs from "{", and "]" from "}". */
const ANY_BRACKET = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * undefined when it is not JSON, which no JSON text stands for, or is longer, deeper or of more parts than any answer of
 * Bee's: eight megabytes of brackets would hold the event loop for most of a second.
 */
export function parseJson(text: string, maxLength: number = MAX_ANSWER_LENGTH): unknown {
  if (text.length > maxLength || !isModest(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Looks at each character once. */
function isModest(text: string): boolean {
  let [levels, parts, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inString = !inString;
    else if (inString) at += code === BACKSLASH ? 1 : 0;
    else if ((code | ANY_BRACKET) === OPENING) {
      levels += 1;
      parts += 1;
      if (levels > MAX_LEVELS || parts > MAX_PARTS) return false;
    } else if ((code | ANY_BRACKET) === CLOSING) levels -= 1;
  }
  return true;
}
