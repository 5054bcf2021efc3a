import { sql } from 'drizzle-orm';
import { check, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One row per node that had a holder. It stays when the lease ends, so that tokens grow. */
export const leases = sqliteTable(
  'leases',
  {
    node: text('node').primaryKey(),
    token: integer('token').notNull(),
    /** null if it was released, like the next column. */
    holder: text('holder'),
    expiresAt: integer('expires_at'),
  },
  (t) => [check('leases_held', sql`(${t.holder} is null) = (${t.expiresAt} is null)`)],
);
