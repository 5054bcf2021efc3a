import { sql } from 'drizzle-orm';
import { check, integer, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { count, ms } from './columns.ts';

/** Levels and demand over time: see src/pool/history-rows.ts for what bounds it. */
export const history = pgTable(
  'history',
  {
    stepSeconds: integer('step_seconds').notNull(),
    /** When the step begins. */
    at: ms('at').notNull(),
    depth: integer('depth').notNull(),
    available: count('available'),
    target: count('target').notNull(),
    acquired: count('acquired').notNull(),
    refused: count('refused').notNull(),
  },
  (t) => [primaryKey({ columns: [t.stepSeconds, t.at, t.depth] })],
);

/** One row, which grows with each write of `history`: a replica does not overwrite what it has not read. */
export const historyVersion = pgTable(
  'history_version',
  { id: integer('id').primaryKey(), version: count('version').notNull() },
  (t) => [check('history_version_one_row', sql`${t.id} = 1`)],
);
