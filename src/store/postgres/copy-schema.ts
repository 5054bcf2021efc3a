import { pgTable } from 'drizzle-orm/pg-core';
import { ms, text } from './columns.ts';

/** The last finished copy of this database, and the one that it is. */
export const copies = pgTable('copies', {
  /** "to" or "from". */
  direction: text('direction').primaryKey(),
  /** The other database, as messages name it. */
  database: text('database').notNull(),
  copiedAt: ms('copied_at').notNull(),
  fingerprint: text('fingerprint').notNull(),
});
