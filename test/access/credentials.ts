import type { AccessParts } from '../../src/access/access.ts';
import { createTokenSecret } from '../../src/access/token-secret.ts';
import type { Scope } from '../../src/domain/caller.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { aToken, hours, T0 } from '../builders.ts';
import type { TestIssuer } from './jwt-issuer.ts';

type TokenWishes = NonNullable<Parameters<typeof aToken>[0]>;

/** Creates a token in the store. Returns it as its owner sends it. */
export async function issue(tokens: TokenStore, wishes: TokenWishes = {}): Promise<string> {
  const { token, ...stored } = createTokenSecret();
  await tokens.addToken({ ...aToken(wishes), ...stored });
  return token;
}

export const VALID = {
  read: ['read'],
  acquire: ['acquire'],
  maintain: ['maintain'],
  'read and maintain': ['read', 'maintain'],
  'read and acquire': ['read', 'acquire'],
  'acquire and maintain': ['acquire', 'maintain'],
  all: ['read', 'acquire', 'maintain'],
} as const satisfies Record<string, readonly Scope[]>;

export type ValidName = keyof typeof VALID;

const isValidName = (name: string): name is ValidName => Object.hasOwn(VALID, name);

export const VALID_NAMES: readonly ValidName[] = Object.keys(VALID).filter(isValidName);

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a sender may send that is not accepted at T0, by name. undefined: nothing. */
export async function invalidCredentials(
  tokens: TokenStore,
  issuer: TestIssuer,
): Promise<Readonly<Record<string, string | undefined>>> {
  const ofAll = { scopes: VALID.all, owner: 'gone' };
  const expired = await issue(tokens, { ...ofAll, createdAt: hours(-2), expiresAt: T0 });
  const revoked = await issue(tokens, ofAll);
  await tokens.revokeTokens({ owner: aToken(ofAll).owner }, T0);
  const live = await issue(tokens, { scopes: VALID.all });
  const idLength = 'sp_0123456789abcdef_'.length;
  const claims = { scope: VALID.all.join(' ') };
  const none = `${base64({ alg: 'none' })}.${base64({ iss: issuer.issuer, aud: issuer.audience, sub: 'ann', exp: 9e9, ...claims })}.`;
  const jwts = {
    'JWT of another issuer': await issuer.sign({ ...claims, iss: 'https://other.example' }),
    'JWT for another audience': await issuer.sign({ ...claims, aud: 'other' }),
    'JWT signed by another key': await issuer.sign(claims, { by: 'stranger' }),
    'JWT of an unknown key': await issuer.sign(claims, { kid: 'other', by: 'stranger' }),
    'JWT without sub': await issuer.sign({ ...claims, sub: undefined }),
    'JWT without exp': await issuer.sign({ ...claims, exp: undefined }),
    'expired JWT': await issuer.sign({ ...claims, exp: T0.getTime() / 1000 }),
    'JWT with alg none': none,
  };
  const bearers = {
    expired,
    revoked,
    malformed: revoked.slice(0, -1),
    'of another database': createTokenSecret().token,
    'known id, wrong secret': live.slice(0, idLength) + createTokenSecret().token.slice(idLength),
    ...jwts,
  };
  return {
    'no token': undefined,
    'Basic authentication': `Basic ${Buffer.from('user:password').toString('base64')}`,
    'no scheme': createTokenSecret().token,
    empty: '',
    ...Object.fromEntries(Object.entries(bearers).map(([name, token]) => [name, `Bearer ${token}`])),
  };
}

/** A clock that stands still at T0, and callers that are always accepted or not, without counting. */
export const accessParts = (tokens: TokenStore, wishes: Partial<AccessParts> = {}): AccessParts => ({
  tokens,
  clock: { now: () => T0 },
  verifyJwt: null,
  anonymousTier: null,
  failedTriesPerMinute: 100_000,
  requestsPerSecond: 1_000_000,
  onFailedTry: () => {},
  onRateExceeded: () => {},
  ...wishes,
});
