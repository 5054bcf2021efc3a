// This folder decides who may send requests: tokens, JWTs of an issuer, the anonymous tier, and the open mode before there are any.
import type { Clock } from '../clock.ts';
import {
  AccessError,
  clientGone,
  invalidToken,
  missingToken,
  tooManyFailedTries,
} from '../domain/access-error.ts';
import type { AnonymousTier } from '../domain/access-settings.ts';
import { plainAddress } from '../domain/address.ts';
import type { Authenticate, Session } from '../domain/caller.ts';
import { DAY_MS } from '../domain/durations.ts';
import { tokenState } from '../domain/token.ts';
import type { TokenStore } from '../store/token-store.ts';
import { bearerToken } from './bearer.ts';
import { anonymousCaller, jwtCaller, type Origin, openCaller, tokenCaller } from './callers.ts';
import { FailedTries } from './failed-tries.ts';
import type { VerifyJwt } from './jwt.ts';
import { RequestRates } from './request-rates.ts';
import { Sessions } from './sessions.ts';
import { TokenCache } from './token-cache.ts';
import { matchesHash, tokenIdOf } from './token-secret.ts';

/** Who may send requests, by the tokens that were on disk at the last `refresh`. */
export interface Access {
  readonly authenticate: Authenticate;
  /** True until the first token was created or an issuer was set, and never again. */
  isOpen(): boolean;
  /** How many tokens are neither expired nor revoked. */
  liveTokens(): number;
  /** Reads what has changed, and ends the sessions whose token is no longer valid. @throws StoreFailedError */
  refresh(): Promise<void>;
}

export interface AccessParts {
  readonly tokens: TokenStore;
  readonly clock: Pick<Clock, 'now'>;
  /** null without an issuer. */
  readonly verifyJwt: VerifyJwt | null;
  /** null if it is off. */
  readonly anonymousTier: AnonymousTier | null;
  /** Of one address; then wrong tokens get 429. Default: 30. */
  readonly failedTriesPerMinute?: number;
  /** Of an owner whose token has no rate of its own, and of an address without a token. */
  readonly requestsPerSecond: number;
  /** Called for each request whose token is not accepted. */
  readonly onFailedTry: (address: string) => void;
  /** Called for each request beyond the rate of its caller. */
  readonly onRateExceeded: () => void;
}

/** @throws StoreFailedError */
export async function openAccess(parts: AccessParts): Promise<Access> {
  const { tokens, clock, verifyJwt, requestsPerSecond, onRateExceeded } = parts;
  if (verifyJwt) await tokens.requireTokens(clock.now());
  const cache = new TokenCache(tokens);
  const sessions = new Sessions(new RequestRates({ clock, requestsPerSecond, onExceeded: onRateExceeded }));
  await cache.refresh();
  const authenticator = new Authenticator(parts, cache, sessions);
  return {
    authenticate: async ({ ip, authorization }) =>
      await authenticator.authenticate(addressOf(ip), authorization),
    isOpen: () => cache.tokensRequiredSince === null,
    liveTokens: () => cache.countLive(clock.now()),
    refresh: async () => {
      try {
        await cache.refresh();
      } finally {
        sessions.endInvalid(); // a token expires also while the database does not answer
      }
    },
  };
}

/** Keys that were used before there were tokens are found for this long after the first one. */
const FORMER_KEYS_MS = DAY_MS;

class Authenticator {
  readonly #parts: AccessParts;
  readonly #cache: TokenCache;
  readonly #sessions: Sessions;
  readonly #failedTries: FailedTries;

  constructor(parts: AccessParts, cache: TokenCache, sessions: Sessions) {
    this.#parts = parts;
    this.#failedTries = new FailedTries(parts.failedTriesPerMinute);
    this.#cache = cache;
    this.#sessions = sessions;
  }

  async authenticate(address: string, authorization: unknown): Promise<Session> {
    const token = bearerToken(authorization);
    // The token may be newer than the last refresh: then its request must not be recorded under the address.
    if (this.#cache.tokensRequiredSince === null && token !== null && tokenIdOf(token) !== null)
      await this.#cache.refresh();
    if (this.#cache.tokensRequiredSince === null)
      return this.#sessions.begin(openCaller(address), () => this.#endOfOpen());
    if (authorization === undefined) return this.#withoutToken(address);
    try {
      if (token === null) throw invalidToken('The token is not sent as: Bearer <token>.');
      return await this.#withToken(token, address);
    } catch (error) {
      if (error instanceof AccessError && error.code === 'UNAUTHENTICATED')
        throw await this.#failed(address, error);
      throw error;
    }
  }

  #withoutToken(address: string): Session {
    const { anonymousTier } = this.#parts;
    if (anonymousTier === null) throw missingToken();
    return this.#sessions.begin(anonymousCaller(anonymousTier, this.#originOf(address)), () => null);
  }

  async #withToken(token: string, address: string): Promise<Session> {
    const id = tokenIdOf(token);
    if (id !== null) return await this.#withStoredToken(token, { id, address });
    const { verifyJwt } = this.#parts;
    if (verifyJwt === null) throw invalidToken(UNKNOWN);
    const jwt = await verifyJwt(token);
    const isOver = (): boolean => jwt.expiresAt <= this.#now();
    return this.#sessions.begin(jwtCaller(jwt, this.#originOf(address)), () =>
      isOver() ? ENDED.expired : null,
    );
  }

  async #withStoredToken(
    token: string,
    { id, address }: { readonly id: string; readonly address: string },
  ): Promise<Session> {
    if (this.#cache.get(id) === undefined) await this.#cache.refresh();
    const stored = this.#cache.get(id);
    if (stored === undefined || !matchesHash(token, stored.hash)) throw invalidToken(UNKNOWN);
    const endOf = (): string | null => ENDED[tokenState(this.#cache.get(id) ?? stored, this.#now())];
    const ended = endOf();
    if (ended !== null) throw invalidToken(ended);
    return this.#sessions.begin(tokenCaller(stored, this.#originOf(address)), endOf);
  }

  #endOfOpen(): string | null {
    return this.#cache.tokensRequiredSince === null ? null : 'The service now needs a token.';
  }

  #originOf(address: string): Origin {
    const { tokensRequiredSince } = this.#cache;
    const isRecent =
      tokensRequiredSince !== null && this.#now().getTime() - tokensRequiredSince.getTime() < FORMER_KEYS_MS;
    return { address, formerId: isRecent ? address : null };
  }

  async #failed(address: string, error: AccessError): Promise<AccessError> {
    this.#parts.onFailedTry(address);
    const retryAfterSeconds = await this.#failedTries.count(address);
    return retryAfterSeconds === null ? error : tooManyFailedTries(retryAfterSeconds);
  }

  #now(): Date {
    return this.#parts.clock.now();
  }
}

const UNKNOWN = 'The token is not known.';

/** By the state of a token. */
const ENDED = { live: null, expired: 'The token has expired.', revoked: 'The token was revoked.' } as const;

/** A closed socket has no address, and callers with an empty id would share their idempotency keys. @throws AccessError */
function addressOf(ip: string | undefined): string {
  if (!ip) throw clientGone();
  return plainAddress(ip);
}
