import { sql } from 'drizzle-orm';
import { check, integer, pgTable } from 'drizzle-orm/pg-core';
import { count, ms, plurs, text } from './columns.ts';

/** One row per node, replaced after each run. */
export const lastKnown = pgTable(
  'last_known',
  {
    node: text('node').primaryKey(),
    runEndedAt: ms('run_ended_at').notNull(),
    reachable: integer('reachable').notNull(),
    fresh: integer('fresh').notNull(),
    /** Separated by spaces. */
    holds: text('holds').notNull(),
    /** Of the last complete observation, with the next five columns. */
    observedAt: ms('observed_at'),
    address: text('address'),
    lagBlocks: count('lag_blocks'),
    price: plurs('price'),
    walletBzz: plurs('wallet_bzz'),
    walletXdai: plurs('wallet_xdai'),
    /** Of the last run that knew the price, with the next three columns. */
    fullReserve: plurs('full_reserve'),
    nextReplenishment: plurs('next_replenishment'),
    lastDay: plurs('last_day'),
    dailyLimit: plurs('daily_limit'),
    drained: integer('drained').notNull().default(0),
    blockedBy: text('blocked_by'),
    canaryFailed: integer('canary_failed').notNull().default(0),
    settings: text('settings').notNull().default(''),
  },
  (t) => [
    check(
      'last_known_observed',
      sql`(${t.observedAt} is null) = (${t.address} is null) and (${t.observedAt} is null) = (${t.lagBlocks} is null)`,
    ),
    check('last_known_wallet', sql`(${t.walletBzz} is null) = (${t.walletXdai} is null)`),
    check(
      'last_known_spending',
      sql`(${t.fullReserve} is null) = (${t.nextReplenishment} is null) and (${t.fullReserve} is null) = (${t.lastDay} is null) and (${t.fullReserve} is null) = (${t.dailyLimit} is null)`,
    ),
  ],
);
