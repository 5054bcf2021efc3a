import { sql } from 'drizzle-orm';
import type { Reported } from '../../domain/condition.ts';
import type { DeliveryStatus } from '../../domain/webhook-delivery.ts';
import type { DeliveryRow } from '../rows/delivery-row.ts';
import type { OrderRow, StampRow } from '../rows/row-types.ts';
import { columnsOf, excludedOf, wholeRow } from './columns-of.ts';
import { live, open } from './conditions.ts';
import { deliveries, reportedConditions, reportingStart } from './outbox-schema.ts';
import { FAILED_ORDERS, orders, stamps } from './schema.ts';
import { given, serverMs, statement } from './statement.ts';

type ReportedRow = Reported extends ReadonlyMap<string, infer Row> ? Row : never;

// Everything that is asked about webhooks and written about them.

export const reported = statement<object, ReportedRow>(
  'webhooks-reported',
  sql`select ${columnsOf(reportedConditions)} from ${reportedConditions}`,
);
/** Returns a row if the state is another one than before. Of two replicas with the same state, one gets it. */
export const saveReported = statement<ReportedRow, { state: string }>(
  'webhooks-save-reported',
  sql`insert into ${reportedConditions} ${wholeRow(reportedConditions)}
    on conflict (kind, subject) do update set state = excluded.state
    where ${reportedConditions.state} <> excluded.state returning state`,
);
/** The same for what is in order again. */
export const forgetReported = statement<ReportedRow, { state: string }>(
  'webhooks-forget-reported',
  sql`delete from ${reportedConditions}
    where kind = ${given('kind')} and subject = ${given('subject')} returning state`,
);
export const start = statement<object, { at: number }>(
  'webhooks-start',
  sql`select at from ${reportingStart}`,
);
export const saveStart = statement<{ atMs: number }>(
  'webhooks-save-start',
  sql`insert into ${reportingStart} (id, at) values (1, ${given('atMs')}) on conflict do nothing`,
);

/** The columns of a delivery apart from its claim, which no replica needs to see. */
const CLAIM = ['claimedUntil'];
const columns = columnsOf(deliveries, CLAIM);
const unclaimed = sql`(claimed_until is null or claimed_until <= ${serverMs})`;

export const addDelivery = statement<DeliveryRow>(
  'webhooks-add',
  sql`insert into ${deliveries} ${wholeRow(deliveries, CLAIM)}`,
);
export const saveAttempt = statement<DeliveryRow>(
  'webhooks-save-attempt',
  sql`insert into ${deliveries} ${wholeRow(deliveries, CLAIM)}
    on conflict (id) do update set ${excludedOf(deliveries, CLAIM)}, claimed_until = null`,
);
export const queueAgain = statement<DeliveryRow>(
  'webhooks-queue-again',
  sql`insert into ${deliveries} ${wholeRow(deliveries, CLAIM)}
    on conflict (id) do update set ${excludedOf(deliveries, CLAIM)}`,
);
export const claim = statement<{ id: string; ttlMs: number }, { id: string }>(
  'webhooks-claim',
  sql`update ${deliveries} set claimed_until = ${serverMs} + ${given('ttlMs')}
    where id = ${given('id')} and status = 'waiting' and ${unclaimed} returning id`,
);
export const waiting = statement<{ limit: number }, DeliveryRow>(
  'webhooks-waiting',
  sql`select ${columns} from ${deliveries} where status = 'waiting' and ${unclaimed}
    order by next_attempt_at, id limit ${given('limit')}`,
);
export const waitingCount = statement<object, { count: number }>(
  'webhooks-waiting-count',
  sql`select count(*) as count from ${deliveries} where status = 'waiting'`,
);
export const retryAll = statement<{ atMs: number }>(
  'webhooks-retry-all',
  sql`update ${deliveries} set next_attempt_at = ${given('atMs')} where status = 'waiting'`,
);
/** Those that ended, except the newest. */
export const prune = statement<{ kept: number; beforeMs: number }>(
  'webhooks-prune',
  sql`delete from ${deliveries} where status <> 'waiting' and (queued_at < ${given('beforeMs')} or id <= (
    select ended.id from ${deliveries} as ended where ended.status <> 'waiting'
    order by ended.id desc limit 1 offset ${given('kept')}
  ))`,
);

export const delivery = statement<{ id: string }, DeliveryRow>(
  'webhook',
  sql`select ${columns} from ${deliveries} where id = ${given('id')}`,
);
export const deliveriesPage = statement<
  { beforeId: string; statuses: readonly DeliveryStatus[]; limit: number },
  DeliveryRow
>(
  'webhooks-page',
  sql`select ${columns} from ${deliveries}
    where id < ${given('beforeId')} and status = any(${given('statuses')}::text[])
    order by id desc limit ${given('limit')}`,
);

export const unknownPurchases = statement<{ limit: number }, OrderRow>(
  'webhooks-unknown-purchases',
  sql`select ${columnsOf(orders)} from ${orders}
    where ${open} and kind = 'purchase' and state = 'unknown'
    order by node, id limit ${given('limit')}`,
);
export const failedPurchases = statement<{ sinceMs: number; limit: number }, OrderRow>(
  'webhooks-failed-purchases',
  sql`select ${columnsOf(orders)} from ${orders}
    where kind = 'purchase' and state in ${FAILED_ORDERS} and retired_address is null and ended_at >= ${given('sinceMs')}
    order by ended_at limit ${given('limit')}`,
);
export const withheldStamps = statement<{ limit: number }, StampRow>(
  'webhooks-withheld-stamps',
  sql`select ${columnsOf(stamps)} from ${stamps}
    where withheld is not null and ${live}
    order by batch_id limit ${given('limit')}`,
);
