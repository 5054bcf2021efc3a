const MAX_KEY_CHARACTERS = 255;

/** A string of RFC 9651, the format of the IETF draft of Idempotency-Key. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/s;

/**
 * The form in which REST and GraphQL compare and store a key: without surrounding white space, without the quotes of a
 * structured-field string, in Unicode normalization form C. Idempotent.
 */
export function canonicalKey(text: string): string {
  const trimmed = text.trim();
  const quoted = QUOTED.exec(trimmed)?.[1];
  return quoted === undefined ? trimmed.normalize('NFC') : canonicalKey(quoted.replace(/\\(["\\])/g, '$1'));
}

/** True if the canonical form is neither blank nor too long. */
export function hasKeyLength(text: string): boolean {
  const { length } = canonicalKey(text);
  return length > 0 && length <= MAX_KEY_CHARACTERS;
}
