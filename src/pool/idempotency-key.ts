const MAX_KEY_CHARACTERS = 255;

/** A string of RFC 9651: what the IETF draft of Idempotency-Key sends. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/s;

/**
 * The one form in which a key is compared and stored, for REST and GraphQL: without surrounding white space, without
 * the quotes of a structured-field string, in Unicode normalization form C. Idempotent.
 */
export function canonicalKey(text: string): string {
  const trimmed = text.trim();
  const quoted = QUOTED.exec(trimmed)?.[1];
  return quoted === undefined ? trimmed.normalize('NFC') : canonicalKey(quoted.replace(/\\(["\\])/g, '$1'));
}

/** Not blank and not too long, in its canonical form. */
export function hasKeyLength(text: string): boolean {
  const { length } = canonicalKey(text);
  return length > 0 && length <= MAX_KEY_CHARACTERS;
}
