import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { CONDITION_KINDS } from '../../domain/condition.ts';
import { DELIVERY_STATUSES } from '../../domain/webhook-delivery.ts';

/** Waiting ones, and the newest of those that have ended. */
export const deliveries = sqliteTable(
  'webhook_deliveries',
  {
    /** UUIDv7, so the primary key is in the order of creation. */
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    body: text('body').notNull(),
    createdAt: integer('created_at').notNull(),
    status: text('status', { enum: DELIVERY_STATUSES }).notNull(),
    attempts: integer('attempts').notNull(),
    queuedAt: integer('queued_at').notNull(),
    nextAttemptAt: integer('next_attempt_at'),
    lastAttemptAt: integer('last_attempt_at'),
    lastError: text('last_error'),
  },
  (t) => [
    check('webhook_deliveries_status', sql`${t.status} in ('waiting', 'delivered', 'given_up')`),
    check('webhook_deliveries_waiting', sql`(${t.status} = 'waiting') = (${t.nextAttemptAt} is not null)`),
    index('webhook_deliveries_next').on(t.nextAttemptAt, t.id).where(sql`${t.status} = 'waiting'`),
  ],
);

/** The states that were reported last. What is in order has no row. */
export const reportedConditions = sqliteTable(
  'reported_conditions',
  {
    kind: text('kind', { enum: CONDITION_KINDS }).notNull(),
    subject: text('subject').notNull(),
    state: text('state').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.subject] })],
);

/** One row, from the first comparison on: what ended before is not reported. */
export const reportingStart = sqliteTable(
  'reporting_start',
  { id: integer('id').primaryKey(), at: integer('at').notNull() },
  (t) => [check('reporting_start_one_row', sql`${t.id} = 1`)],
);
