import { sql } from 'drizzle-orm';
import { check, pgTable } from 'drizzle-orm/pg-core';
import { count, ms, text } from './columns.ts';

/** One row per node that had a holder. It stays when the lease ends, so that tokens grow. */
export const leases = pgTable(
  'leases',
  {
    node: text('node').primaryKey(),
    token: count('token').notNull(),
    /** null if it was released, like the next column. */
    holder: text('holder'),
    /** By the clock of the server. */
    expiresAt: ms('expires_at'),
  },
  (t) => [check('leases_held', sql`(${t.holder} is null) = (${t.expiresAt} is null)`)],
);
