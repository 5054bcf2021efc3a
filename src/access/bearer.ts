/** Longer than any token: what is longer is refused before it is hashed or parsed. */
const MAX_TOKEN_CHARACTERS = 8192;

/** The token in "Bearer <token>"; null if the text is anything else. */
export function bearerToken(authorization: unknown): string | null {
  if (typeof authorization !== 'string' || authorization.length > MAX_TOKEN_CHARACTERS) return null;
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1] ?? null;
}
