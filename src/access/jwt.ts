import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import { invalidToken, issuerUnavailable } from '../domain/access-error.ts';
import type { JwtIssuer } from '../domain/access-settings.ts';
import { parseScopes, type Scope } from '../domain/caller.ts';

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
const MAX_SUBJECT_CHARACTERS = 255;

interface VerifierParts {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Gets the cause when the keys cannot be fetched. */
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
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'aud', 'exp'],
        currentDate: clock.now(),
      });
      const { sub = '', exp = 0, scope } = payload;
      if (!isSubject(sub))
        throw invalidToken(
          'The subject of the token is empty, too long, not Unicode or has the character U+0000.',
        );
      return {
        subject: sub,
        scopes: parseScopes(typeof scope === 'string' ? scope : ''),
        expiresAt: new Date(exp * 1000),
      };
    } catch (error) {
      if (isUnavailable(error)) {
        onUnavailable(error);
        throw issuerUnavailable();
      }
      if (error instanceof errors.JOSEError) throw invalidToken(reasonOf(error));
      throw error;
    }
  };
}

/** PostgreSQL cannot store U+0000: the caller would not be found again. */
const isSubject = (text: string): boolean =>
  text.length > 0 && text.length <= MAX_SUBJECT_CHARACTERS && text.isWellFormed() && !text.includes('\0');

const reasonOf = (error: errors.JOSEError): string => {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim ${error.claim} of the token is missing or not accepted.`;
  return 'The token is not valid.';
};

/** The keys could not be fetched, or what was fetched are no keys: it says nothing about the token. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof KeysNotFetchedError ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');

class KeysNotFetchedError extends Error {
  override readonly name = 'KeysNotFetchedError';
}

/** Fetches no sooner than RETRY_MS after a failure. jose sends no cookies and follows no redirect. */
function fetchWithPause(clock: Pick<Clock, 'monotonicMs'>): typeof globalThis.fetch {
  let failedMs = -Infinity;
  return async (url, options) => {
    if (clock.monotonicMs() - failedMs < RETRY_MS) throw new KeysNotFetchedError('the last attempt failed');
    try {
      const response = await fetch(url, options);
      if (response.status === 200) return response;
      throw new Error(`the issuer answered ${response.status}`);
    } catch (cause) {
      failedMs = clock.monotonicMs();
      throw new KeysNotFetchedError('the keys of the issuer cannot be fetched', { cause });
    }
  };
}
