import { sql } from 'drizzle-orm';
import { check, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Tokens are never deleted: requests need a token also after the last one was revoked, and the rows say who had access when. */
export const tokens = sqliteTable('tokens', {
  id: text('id').primaryKey(),
  owner: text('owner').notNull(),
  /** SHA-256 of the token, in hex. The token itself is not on disk. */
  hash: text('hash').notNull().unique(),
  /** Separated by spaces. */
  scopes: text('scopes').notNull(),
  dailyStamps: integer('daily_stamps'),
  dailyCost: text('daily_cost'),
  requestsPerSecond: integer('requests_per_second'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
});

/** One row, from the moment when the service is no longer open to callers without a token. */
export const access = sqliteTable(
  'access',
  {
    id: integer('id').primaryKey(),
    tokensRequiredSince: integer('shut_at').notNull(),
    /** Grows with every change of `tokens`. */
    revision: integer('revision').notNull(),
  },
  (t) => [check('access_one_row', sql`${t.id} = 1`)],
);
