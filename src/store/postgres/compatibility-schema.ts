import { pgTable } from 'drizzle-orm/pg-core';
import { ms, text } from './columns.ts';

/** The migrations that older versions may run beside, by their time in the journal. Written by the migrations themselves. */
export const schemaCompatibility = pgTable('schema_compatibility', {
  migration: ms('migration').primaryKey(),
  /** The oldest version of this service that may use the database. */
  oldestVersion: text('oldest_version').notNull(),
});
