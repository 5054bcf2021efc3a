import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Clock } from '../clock.ts';
import { invalidToken, issuerUnavailable } from '../domain/access-error.ts';
import type { JwtIssuer } from '../domain/access-settings.ts';
import { parseScopes, type Scope } from '../domain/caller.ts';
import { loadUndici } from '../load-undici.ts';

export interface VerifiedJwt {
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly expiresAt: Date;
}

/** @throws AccessError */
export type VerifyJwt = (token: string) => Promise<VerifiedJwt>;

/** Signatures by keys that only the issuer has: no shared secrets (HS…), and not "none". */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');
const FETCH_TIMEOUT_MS = 5000;
/** An unknown key id makes the keys be fetched again at most this often. */
const REFETCH_MS = 30_000;
/** While the issuer does not answer, it is not asked for each request. */
const RETRY_MS = 5000;
/** Far above the keys of any issuer. */
const MAX_KEYS_BYTES = 1_000_000;
/** How far the clock of the issuer may be ahead, or `nbf` would refuse what it has just signed. */
const CLOCK_LEEWAY_SECONDS = 60;
const MAX_SUBJECT_CHARACTERS = 255;

interface VerifierParts {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Gets the cause when the keys cannot be fetched, or one of them cannot be used. */
  readonly onUnavailable: (cause: unknown) => void;
}

export function createJwtVerifier(
  { issuer, audience, jwksUrl }: JwtIssuer,
  { clock, onUnavailable }: VerifierParts,
): VerifyJwt {
  const keys = createRemoteJWKSet(jwksUrl, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: REFETCH_MS,
    [customFetch]: fetchWithPause(clock),
  });
  const payloadOf = async (token: string): Promise<JWTPayload> => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'aud', 'exp'],
        currentDate: clock.now(),
        clockTolerance: CLOCK_LEEWAY_SECONDS,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError && !isUnavailable(error)) throw invalidToken(reasonOf(error));
      onUnavailable(error);
      throw isUnavailable(error) ? issuerUnavailable() : invalidToken('The key of the token cannot be used.');
    }
  };
  return async (token) => {
    const { sub, exp = 0, scope } = await payloadOf(token);
    if (!isSubject(sub))
      throw invalidToken(
        'The subject of the token is empty, too long, not Unicode or has the character U+0000.',
      );
    const expiresAt = new Date(exp * 1000);
    if (expiresAt <= clock.now()) throw invalidToken(EXPIRED); // without leeway, as its session ends
    return { subject: sub, scopes: parseScopes(typeof scope === 'string' ? scope : ''), expiresAt };
  };
}

const EXPIRED = 'The token has expired.';

/** PostgreSQL cannot store U+0000: the caller would not be found again. */
const isSubject = (text: unknown): text is string =>
  typeof text === 'string' &&
  text.length > 0 &&
  text.length <= MAX_SUBJECT_CHARACTERS &&
  text.isWellFormed() &&
  !text.includes('\0');

const reasonOf = (error: errors.JOSEError): string => {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim ${error.claim} of the token is missing or not accepted.`;
  return 'The token is not valid.';
};

/** It says nothing about the token. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof KeysNotFetchedError || error instanceof errors.JWKSTimeout;

class KeysNotFetchedError extends Error {
  override readonly name = 'KeysNotFetchedError';
}

/** Fetches no sooner than RETRY_MS after a failure. */
function fetchWithPause(clock: Pick<Clock, 'monotonicMs'>): FetchImplementation {
  let failedMs = -Infinity;
  return async (url, { signal }) => {
    if (clock.monotonicMs() - failedMs < RETRY_MS) throw new KeysNotFetchedError('the last attempt failed');
    try {
      const text = await fetchText(url, signal);
      createLocalJWKSet(JSON.parse(text)); // throws if it is no set of keys
      return new Response(text);
    } catch (cause) {
      failedMs = clock.monotonicMs();
      throw new KeysNotFetchedError('the keys of the issuer cannot be fetched', { cause });
    }
  };
}

/** Follows no redirect. The certificate is verified also if NODE_TLS_REJECT_UNAUTHORIZED says otherwise. */
async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const undici = await loadUndici();
  const agent = new undici.Agent({ connect: { rejectUnauthorized: true }, maxResponseSize: MAX_KEYS_BYTES });
  try {
    const { statusCode, body } = await undici.request(url, { dispatcher: agent, headers: HEADERS, signal });
    if (statusCode !== 200) throw new Error(`the issuer answered ${statusCode}`);
    return await body.text();
  } finally {
    await agent.destroy();
  }
}

const HEADERS = { accept: 'application/json, application/jwk-set+json', 'user-agent': 'stamp-pool' };
