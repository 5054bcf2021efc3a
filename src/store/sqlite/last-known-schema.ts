import { sql } from 'drizzle-orm';
import { check, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One row per node, replaced after each run. */
export const lastKnown = sqliteTable(
  'last_known',
  {
    node: text('node').primaryKey(),
    runEndedAt: integer('run_ended_at').notNull(),
    reachable: integer('reachable').notNull(),
    fresh: integer('fresh').notNull(),
    /** Separated by spaces. */
    holds: text('holds').notNull(),
    /** Of the last complete observation, with the next five columns. */
    observedAt: integer('observed_at'),
    address: text('address'),
    lagBlocks: integer('lag_blocks'),
    price: text('price'),
    walletBzz: text('wallet_bzz'),
    walletXdai: text('wallet_xdai'),
    /** Of the last run that knew the price, with the next three columns. */
    fullReserve: text('full_reserve'),
    nextReplenishment: text('next_replenishment'),
    lastDay: text('last_day'),
    dailyLimit: text('daily_limit'),
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
