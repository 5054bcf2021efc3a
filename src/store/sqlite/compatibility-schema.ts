import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The migrations that older versions may run beside, by their time in the journal. Written by the migrations themselves. */
export const schemaCompatibility = sqliteTable('schema_compatibility', {
  migration: integer('migration').primaryKey(),
  /** The oldest version of this service that may use the database. */
  oldestVersion: text('oldest_version').notNull(),
});
