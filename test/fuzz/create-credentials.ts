import { createTokenSecret } from '../../src/access/token-secret.ts';
import type { Scope } from '../../src/domain/caller.ts';
import { ownerName } from '../../src/domain/token.ts';
import { openSqliteTokens } from '../../src/store/sqlite/open-tokens.ts';
import { issue } from '../access/credentials.ts';
import type { Credential } from './fuzz-case.ts';

/** Half of the requests have the right to acquire, so that malformed requests are refused for what is malformed. */
const ACQUIRE_SHARE = 16;
const HOUR_MS = 3_600_000;

/**
 * Creates tokens in a new database file, before the service opens it, and returns what the clients send: valid tokens of
 * each scope, and everything that must not be accepted.
 */
export async function createCredentials(file: string): Promise<readonly Credential[]> {
  await using opened = await openSqliteTokens(file);
  const { tokens } = opened;
  const now = new Date();
  const create = async (scopes: readonly Scope[], expiresAt?: Date): Promise<string> => {
    const limits = { dailyStamps: null, dailyCost: null, requestsPerSecond: 1_000_000 };
    const createdAt = new Date(now.getTime() - HOUR_MS);
    return await issue(tokens, {
      owner: ownerName('fuzz'),
      scopes,
      limits,
      createdAt,
      ...(expiresAt && { expiresAt }),
    });
  };
  const revoked = await create(['acquire']);
  await tokens.revokeTokens({ owner: ownerName('fuzz') }, now);
  const expired = await create(['acquire'], new Date(now.getTime() - 1000));
  const acquire = await create(['acquire']);
  const read = await create(['read']);
  const maintain = await create(['maintain']);
  const unknown = createTokenSecret().token;
  const jwt = `${base64({ alg: 'none' })}.${base64({ sub: 'a', scope: 'acquire', exp: 9e9 })}.`;
  const withRight = {
    name: 'acquire',
    authorization: `Bearer ${acquire}`,
    mayAcquire: true,
    maySee: 'all',
  } as const;
  const invalid = {
    none: null,
    empty: '',
    'no token': 'Bearer',
    'no scheme': acquire,
    basic: `Basic ${Buffer.from(`user:${acquire}`).toString('base64')}`,
    'another scheme': `Token ${acquire}`,
    revoked: `Bearer ${revoked}`,
    expired: `Bearer ${expired}`,
    unknown: `Bearer ${unknown}`,
    'another secret': `Bearer ${acquire.slice(0, 20)}${unknown.slice(20)}`,
    shortened: `Bearer ${acquire.slice(0, -1)}`,
    lengthened: `Bearer ${acquire}A`,
    'in upper case': `Bearer ${acquire.toUpperCase()}`,
    'two tokens': `Bearer ${read}, Bearer ${acquire}`,
    'a long text': `Bearer ${'a'.repeat(9000)}`,
    'JWT without signature': `Bearer ${jwt}`,
  };
  return [
    ...Array.from({ length: ACQUIRE_SHARE }, () => withRight),
    { name: 'read', authorization: `Bearer ${read}`, mayAcquire: false, maySee: 'none' },
    { name: 'maintain', authorization: `Bearer ${maintain}`, mayAcquire: false, maySee: 'acquired' },
    ...Object.entries(invalid).map(
      ([name, authorization]): Credential => ({ name, authorization, mayAcquire: false, maySee: 'none' }),
    ),
  ];
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
