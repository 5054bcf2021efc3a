import { exceedsLimits } from '../json-limits.ts';

/**
 * Returns undefined (which no JSON text means) for invalid JSON, and for JSON that is longer, more deeply nested or has more
 * parts than any answer of Bee: parsing 8 MB of brackets would block the event loop for most of a second.
 */
export function parseJson(text: string, maxLength: number = MAX_ANSWER_LENGTH): unknown {
  if (text.length > maxLength || exceedsLimits(text, { levels: MAX_LEVELS, parts: MAX_PARTS }))
    return undefined;
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
