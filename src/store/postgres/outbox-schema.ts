import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { CONDITION_KINDS } from '../../domain/condition.ts';
import { DELIVERY_STATUSES } from '../../domain/webhook-delivery.ts';
import { count, ms, oneOf, text } from './columns.ts';

/** Waiting ones, and the newest of those that have ended. */
export const deliveries = pgTable(
  'webhook_deliveries',
  {
    /** UUIDv7, so the primary key is nearly in the order of creation. */
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    body: text('body').notNull(),
    createdAt: ms('created_at').notNull(),
    status: text('status').$type<(typeof DELIVERY_STATUSES)[number]>().notNull(),
    attempts: count('attempts').notNull(),
    queuedAt: ms('queued_at').notNull(),
    nextAttemptAt: ms('next_attempt_at'),
    lastAttemptAt: ms('last_attempt_at'),
    lastError: text('last_error'),
    /** Until then one replica sends it. By the clock of the server. */
    claimedUntil: ms('claimed_until'),
  },
  (t) => [
    check('webhook_deliveries_status', sql`${t.status} in ${oneOf(DELIVERY_STATUSES)}`),
    check('webhook_deliveries_waiting', sql`(${t.status} = 'waiting') = (${t.nextAttemptAt} is not null)`),
    index('webhook_deliveries_next').on(t.nextAttemptAt, t.id).where(sql`${t.status} = 'waiting'`),
  ],
);

/** The states that were reported last. What is in order has no row. */
export const reportedConditions = pgTable(
  'reported_conditions',
  {
    kind: text('kind').$type<(typeof CONDITION_KINDS)[number]>().notNull(),
    subject: text('subject').notNull(),
    state: text('state').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.subject] })],
);

/** One row, from the first comparison on: what ended before is not reported. */
export const reportingStart = pgTable(
  'reporting_start',
  { id: integer('id').primaryKey(), at: ms('at').notNull() },
  (t) => [check('reporting_start_one_row', sql`${t.id} = 1`)],
);
