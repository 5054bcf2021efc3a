import type { OwnerName, Token } from '../domain/token.ts';

/** The tokens on disk. A command may write them while the service runs. */
export interface TokenStore {
  access(): Promise<AccessRecord>;
  /** Oldest first; the expired and revoked ones, too. */
  tokens(): Promise<readonly StoredToken[]>;
  /** Also requires tokens from now on. */
  addToken(token: StoredToken): Promise<void>;
  /** The selected tokens that were not revoked before. */
  revokeTokens(selection: TokenSelection, at: Date): Promise<readonly Token[]>;
  /** From now on a request needs a token, except in the anonymous tier. It cannot be undone. */
  requireTokens(at: Date): Promise<void>;
}

/** A token as it is on disk. */
export interface StoredToken extends Token {
  /** SHA-256 of the whole token, in hex. */
  readonly hash: string;
}

/** Whether requests need a token, and the version of the tokens. */
export interface AccessRecord {
  /** When the first token was created or an issuer was set; null: never. It does not change again. */
  readonly tokensRequiredSince: Date | null;
  /** Grows with every created or revoked token. */
  readonly revision: number;
}

/** Which tokens `revoke` ends. */
export type TokenSelection = { readonly owner: OwnerName } | { readonly id: string };

/** The tokens, opened for a command. */
export interface OpenedTokens extends AsyncDisposable {
  readonly tokens: TokenStore;
}
