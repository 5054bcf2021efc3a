import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { DeliveryRow } from '../rows/delivery-row.ts';
import type { OrderRow, StampRow } from '../rows/row-types.ts';
import { deliveries, reportedConditions, reportingStart } from './outbox-schema.ts';
import { FAILED_ORDERS, orders, stamps } from './schema.ts';
import {
  boundLimit,
  compared,
  live,
  type NoValues,
  open,
  type Reads,
  type Writes,
  written,
} from './statement-types.ts';

type ReportedRow = typeof reportedConditions.$inferSelect;

export type OutboxStatements = ReturnType<typeof prepareOutbox>;

/** Everything that is asked about webhooks and written about them. */
export const prepareOutbox = (db: BetterSQLite3Database) => ({
  ...forReporting(db),
  ...forDelivering(db),
  ...forPages(db),
  ...forObserving(db),
});

function forReporting(db: BetterSQLite3Database) {
  const reported: Reads<NoValues, ReportedRow> = db.select().from(reportedConditions).prepare();
  const reportedState: Reads<Pick<ReportedRow, 'kind' | 'subject'>, { state: string }> = db
    .select({ state: reportedConditions.state })
    .from(reportedConditions)
    .where(
      sql`${reportedConditions.kind} = ${compared('kind')} and ${reportedConditions.subject} = ${compared('subject')}`,
    )
    .prepare();
  const saveReported: Writes<ReportedRow> = db
    .insert(reportedConditions)
    .values({ kind: written('kind'), subject: written('subject'), state: written('state') })
    .onConflictDoUpdate({
      target: [reportedConditions.kind, reportedConditions.subject],
      set: { state: sql`excluded.state` },
    })
    .prepare();
  const forgetReported: Writes<Pick<ReportedRow, 'kind' | 'subject'>> = db
    .delete(reportedConditions)
    .where(
      sql`${reportedConditions.kind} = ${compared('kind')} and ${reportedConditions.subject} = ${compared('subject')}`,
    )
    .prepare();
  const start: Reads<NoValues, { at: number }> = db
    .select({ at: reportingStart.at })
    .from(reportingStart)
    .prepare();
  const saveStart: Writes<{ atMs: number }> = db
    .insert(reportingStart)
    .values({ id: sql`1`, at: written('atMs') })
    .onConflictDoNothing()
    .prepare();
  return { reported, reportedState, saveReported, forgetReported, start, saveStart };
}

function forDelivering(db: BetterSQLite3Database) {
  const saveDelivery: Writes<DeliveryRow> = db
    .insert(deliveries)
    .values({
      id: written('id'),
      type: written('type'),
      body: written('body'),
      createdAt: written('createdAt'),
      status: written('status'),
      attempts: written('attempts'),
      queuedAt: written('queuedAt'),
      nextAttemptAt: written('nextAttemptAt'),
      lastAttemptAt: written('lastAttemptAt'),
      lastError: written('lastError'),
    })
    .onConflictDoUpdate({
      target: deliveries.id,
      set: {
        status: sql`excluded.status`,
        attempts: sql`excluded.attempts`,
        queuedAt: sql`excluded.queued_at`,
        nextAttemptAt: sql`excluded.next_attempt_at`,
        lastAttemptAt: sql`excluded.last_attempt_at`,
        lastError: sql`excluded.last_error`,
      },
    })
    .prepare();
  const waiting: Reads<{ limit: number }, DeliveryRow> = db
    .select()
    .from(deliveries)
    .where(sql`${deliveries.status} = 'waiting'`)
    .orderBy(sql`${deliveries.nextAttemptAt}, ${deliveries.id} ${boundLimit}`)
    .prepare();
  const waitingCount: Reads<NoValues, { count: number }> = db
    .select({ count: sql<number>`count(*)` })
    .from(deliveries)
    .where(sql`${deliveries.status} = 'waiting'`)
    .prepare();
  const retryAll: Writes<{ atMs: number }> = db
    .update(deliveries)
    .set({ nextAttemptAt: written('atMs') })
    .where(sql`${deliveries.status} = 'waiting'`)
    .prepare();
  /** Those that ended, except the newest. */
  const prune: Writes<{ kept: number; beforeMs: number }> = db
    .delete(deliveries)
    .where(
      sql`${deliveries.status} <> 'waiting' and (${deliveries.queuedAt} < ${compared('beforeMs')} or ${deliveries.id} <= (
        select ended.id from ${deliveries} as ended where ended.status <> 'waiting'
        order by ended.id desc limit 1 offset ${compared('kept')}
      ))`,
    )
    .prepare();
  return { saveDelivery, waiting, waitingCount, retryAll, prune };
}

function forPages(db: BetterSQLite3Database) {
  const delivery: Reads<{ id: string }, DeliveryRow> = db
    .select()
    .from(deliveries)
    .where(sql`${deliveries.id} = ${compared('id')}`)
    .prepare();
  const deliveriesPage: Reads<{ beforeId: string; statuses: string; limit: number }, DeliveryRow> = db
    .select()
    .from(deliveries)
    .where(
      sql`${deliveries.id} < ${compared('beforeId')} and ${deliveries.status} in (select value from json_each(${compared('statuses')}))`,
    )
    .orderBy(sql`${deliveries.id} desc ${boundLimit}`)
    .prepare();
  return { delivery, deliveriesPage };
}

/** What the operator is notified of, apart from the levels and the run. */
function forObserving(db: BetterSQLite3Database) {
  const unknownPurchases: Reads<{ limit: number }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${open} and ${orders.kind} = 'purchase' and ${orders.state} = 'unknown'`)
    .orderBy(sql`${orders.node}, ${orders.id} ${boundLimit}`)
    .prepare();
  const failedPurchases: Reads<{ sinceMs: number; limit: number }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.kind} = 'purchase' and ${orders.state} in ${FAILED_ORDERS} and ${orders.retiredAddress} is null and ${orders.endedAt} >= ${compared('sinceMs')}`,
    )
    .orderBy(sql`${orders.endedAt} ${boundLimit}`)
    .prepare();
  const withheldStamps: Reads<{ limit: number }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${stamps.withheld} is not null and ${live}`)
    .orderBy(sql`${stamps.batchId} ${boundLimit}`)
    .prepare();
  return { unknownPurchases, failedPurchases, withheldStamps };
}
