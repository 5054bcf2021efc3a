import { boolean, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { ms, text } from './columns.ts';

/** The last run of each node, and its last dry run, for the processes that do not make them: see run-report-json.ts. */
export const runReports = pgTable(
  'run_reports',
  {
    node: text('node').notNull(),
    dryRun: boolean('dry_run').notNull(),
    report: text('report').notNull(),
    endedAt: ms('ended_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.node, t.dryRun] })],
);
