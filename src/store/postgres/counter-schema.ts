import { sql } from 'drizzle-orm';
import { check, integer, pgTable, unique } from 'drizzle-orm/pg-core';
import { LIVE_STAMP_STATES, OBSERVED_WITHHELD } from '../../domain/stamp.ts';
import { count, ms, oneOf, text } from './columns.ts';

/**
 * The number of the last commit that can change the stock, in one row. A transaction increments it last, so that commits
 * are numbered in their order: see docs/decisions/0020-transactions-on-postgresql.md.
 */
export const poolRevision = pgTable(
  'pool_revision',
  { id: integer('id').primaryKey(), revision: count('revision').notNull() },
  (t) => [check('pool_revision_one_row', sql`${t.id} = 1`)],
);

/**
 * How many orders were planned and batches adopted, in one row. A write that requires the number, or changes it, locks the row
 * first: of two nodes that decide at the same time, the second finds that it has grown.
 */
export const poolAllocation = pgTable(
  'pool_allocation',
  { id: integer('id').primaryKey(), allocation: count('allocation').notNull() },
  (t) => [check('pool_allocation_one_row', sql`${t.id} = 1`)],
);

/** How many live stamps there are of each kind, retired ones excluded. Each commit that changes the stock updates them. */
export const stockCounts = pgTable(
  'stock_counts',
  {
    node: text('node').notNull(),
    depth: integer('depth').notNull(),
    state: text('state').$type<(typeof LIVE_STAMP_STATES)[number]>().notNull(),
    withheld: text('withheld').$type<(typeof OBSERVED_WITHHELD)[number]>(),
    count: count('count').notNull(),
  },
  (t) => [
    unique('stock_counts_kind').on(t.node, t.depth, t.state, t.withheld).nullsNotDistinct(),
    check('stock_counts_state', sql`${t.state} in ${oneOf(LIVE_STAMP_STATES)}`),
    check('stock_counts_withheld', sql`${t.withheld} in ${oneOf(OBSERVED_WITHHELD)}`),
  ],
);

/**
 * The last transaction that each connection has committed. If the connection is lost during a commit, another one reads here
 * whether that happened: see docs/decisions/0020-transactions-on-postgresql.md.
 */
export const commitMarks = pgTable('commit_marks', {
  connection: text('connection').primaryKey(),
  mark: text('mark').notNull(),
  committedAt: ms('committed_at').notNull(),
});
