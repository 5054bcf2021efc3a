import { integer, primaryKey, sqliteTable } from 'drizzle-orm/sqlite-core';

/** Levels and demand over time: see src/pool/history-rows.ts for what bounds it. */
export const history = sqliteTable(
  'history',
  {
    stepSeconds: integer('step_seconds').notNull(),
    /** When the step begins. */
    at: integer('at').notNull(),
    depth: integer('depth').notNull(),
    available: integer('available'),
    target: integer('target').notNull(),
    acquired: integer('acquired').notNull(),
    refused: integer('refused').notNull(),
  },
  (t) => [primaryKey({ columns: [t.stepSeconds, t.at, t.depth] })],
);
