import { type Token, tokenState } from '../domain/token.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import type { StoredToken, TokenStore } from '../store/token-store.ts';

/** The tokens as they were on disk at the last `refresh`, which is cheap if none has changed. */
export class TokenCache {
  readonly #store: TokenStore;
  #revision = -1;
  #tokensRequiredSince: Date | null = null;
  #tokens: ReadonlyMap<string, StoredToken> = new Map();
  readonly #reading = new OneAtATime(() => this.#read());

  constructor(store: TokenStore) {
    this.#store = store;
  }

  /** null until the first token was created or an issuer was set. */
  get tokensRequiredSince(): Date | null {
    return this.#tokensRequiredSince;
  }

  /** Reads what was on disk at the call, or later. @throws StoreFailedError */
  refresh(): Promise<void> {
    return this.#reading.run();
  }

  /** The revision is a lower one after the database was restored from a backup. */
  async #read(): Promise<void> {
    const { revision, tokensRequiredSince } = await this.#store.access();
    this.#tokensRequiredSince ??= tokensRequiredSince;
    if (revision === this.#revision) return;
    const tokens = await this.#store.tokens();
    this.#tokens = new Map(tokens.map((token) => [token.id, token]));
    this.#revision = revision; // read before the tokens: a change in between is read by the next refresh
  }

  /** Expired and revoked tokens are found, too. */
  get(id: string): StoredToken | undefined {
    return this.#tokens.get(id);
  }

  countLive(now: Date): number {
    return [...this.#tokens.values()].filter((token: Token) => tokenState(token, now) === 'live').length;
  }
}
