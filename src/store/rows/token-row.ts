import { parseScopes } from '../../domain/caller.ts';
import { ownerName } from '../../domain/token.ts';
import { parsePlur } from '../../domain/units.ts';
import type { StoredToken } from '../token-store.ts';
import { dateOrNull, parseRow } from './parse-row.ts';

/** A token as both databases have it. */
export type TokenRow = {
  readonly id: string;
  readonly owner: string;
  readonly hash: string;
  readonly scopes: string;
  readonly dailyStamps: number | null;
  readonly dailyCost: string | null;
  readonly requestsPerSecond: number | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
};

/** @throws TypeError if the row is no token. */
export const tokenFromRow = (row: TokenRow): StoredToken => {
  const { hash: _hash, ...shown } = row; // an error message must not contain it
  return { ...parseRow('token', shown, tokenOf), hash: row.hash };
};

const tokenOf = (row: Omit<TokenRow, 'hash'>): Omit<StoredToken, 'hash'> => ({
  id: row.id,
  owner: ownerName(row.owner),
  scopes: parseScopes(row.scopes),
  limits: {
    dailyStamps: row.dailyStamps,
    dailyCost: row.dailyCost === null ? null : parsePlur(row.dailyCost),
    requestsPerSecond: row.requestsPerSecond,
  },
  createdAt: new Date(row.createdAt),
  expiresAt: dateOrNull(row.expiresAt),
  revokedAt: dateOrNull(row.revokedAt),
});

export const rowFromToken = ({ limits, ...token }: StoredToken): TokenRow => ({
  id: token.id,
  owner: token.owner,
  hash: token.hash,
  scopes: [...token.scopes].join(' '),
  dailyStamps: limits.dailyStamps,
  dailyCost: limits.dailyCost?.toString() ?? null,
  requestsPerSecond: limits.requestsPerSecond,
  createdAt: token.createdAt.getTime(),
  expiresAt: token.expiresAt?.getTime() ?? null,
  revokedAt: token.revokedAt?.getTime() ?? null,
});
