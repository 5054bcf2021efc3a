import { sql } from 'drizzle-orm';
import { check, integer, pgTable, unique } from 'drizzle-orm/pg-core';
import { count, ms, plurs, text } from './columns.ts';

/** Tokens are never deleted: requests need a token also after the last one was revoked, and the rows say who had access when. */
export const tokens = pgTable(
  'tokens',
  {
    id: text('id').primaryKey(),
    owner: text('owner').notNull(),
    /** SHA-256 of the token, in hex. The token itself is not on disk. */
    hash: text('hash').notNull(),
    /** Separated by spaces. */
    scopes: text('scopes').notNull(),
    dailyStamps: count('daily_stamps'),
    dailyCost: plurs('daily_cost'),
    requestsPerSecond: integer('requests_per_second'),
    createdAt: ms('created_at').notNull(),
    expiresAt: ms('expires_at'),
    revokedAt: ms('revoked_at'),
  },
  (t) => [unique('tokens_hash').on(t.hash)],
);

/** One row, from the moment when the service is no longer open to callers without a token. */
export const access = pgTable(
  'access',
  {
    id: integer('id').primaryKey(),
    tokensRequiredSince: ms('shut_at').notNull(),
    /** Grows with every change of `tokens`. */
    revision: count('revision').notNull(),
  },
  (t) => [check('access_one_row', sql`${t.id} = 1`)],
);
