import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The last finished copy of this database, and the one that it is. */
export const copies = sqliteTable('copies', {
  direction: text('direction', { enum: ['to', 'from'] }).primaryKey(),
  /** The other database, as messages name it. */
  database: text('database').notNull(),
  copiedAt: integer('copied_at').notNull(),
  fingerprint: text('fingerprint').notNull(),
});
