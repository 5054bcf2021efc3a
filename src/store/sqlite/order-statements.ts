import { sql } from 'drizzle-orm';
import type { OrderRow } from '../rows/row-types.ts';
import type { ShownTopUpRow } from '../rows/shown-top-ups.ts';
import { ONE } from './acquire-statements.ts';
import { orders } from './schema.ts';
import {
  abandoned,
  boundLimit,
  compared,
  type Db,
  type NoValues,
  open,
  type Reads,
} from './statement-types.ts';

/** What is read of the orders. */
export function prepareOrders(db: Db) {
  return { ...forSettling(db), ...forReports(db) };
}

/** By partial indexes, so that the history does not slow them down. */
function forSettling(db: Db) {
  const openOrders: Reads<NoValues, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${open}`)
    .orderBy(orders.node, orders.id)
    .prepare();
  const openOrdersOf: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${open} and ${orders.node} = ${compared('node')}`)
    .orderBy(orders.id)
    .prepare();
  const abandonedOrdersOf: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${abandoned} and ${orders.node} = ${compared('node')}`)
    .orderBy(orders.id)
    .prepare();
  /** With `limit 1`, only the last entry of the index is read. */
  const lastPurchaseShown: Reads<{ node: string }, { block: number | null }> = db
    .select({ block: orders.endedAtBlock })
    .from(orders)
    .where(
      sql`${orders.node} = ${compared('node')} and ${orders.kind} = 'purchase' and ${orders.state} = 'confirmed'`,
    )
    .orderBy(sql`${orders.endedAtBlock} desc ${ONE}`)
    .prepare();
  const topUpsShown: Reads<{ batchId: string; sinceBlock: number }, ShownTopUpRow> = db
    .select({ amount: orders.amount, atBlock: sql<number>`${orders.endedAtBlock}` })
    .from(orders)
    .where(
      sql`${orders.batchId} = ${compared('batchId')} and ${orders.kind} = 'topUp' and ${orders.state} = 'confirmed' and ${orders.endedAtBlock} > ${compared('sinceBlock')}`,
    )
    .orderBy(orders.endedAtBlock)
    .prepare();
  return { openOrders, openOrdersOf, abandonedOrdersOf, lastPurchaseShown, topUpsShown };
}

function forReports(db: Db) {
  /** Each list is one value. */
  const purchasesMarked: Reads<{ nodes: string; labels: string; amounts: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.kind} = 'purchase' and ${orders.id} in (
        select value from json_each(${compared('labels')})
        union all
        select amounts.id from ${orders} as amounts where amounts.kind = 'purchase'
          and amounts.node in (select value from json_each(${compared('nodes')})) and amounts.amount in (select value from json_each(${compared('amounts')}))
      )`,
    )
    .orderBy(orders.id)
    .prepare();
  /** Added up in JavaScript: SQLite's integers are too small for money. */
  const costsSince: Reads<{ node: string; sinceMs: number }, { cost: string }> = db
    .select({ cost: orders.cost })
    .from(orders)
    .where(
      sql`${orders.node} = ${compared('node')} and ${orders.plannedAt} >= ${compared('sinceMs')} and (${orders.state} not in ('rejected', 'abandoned') or (${orders.state} = 'abandoned' and ${orders.claimBatchId} is not null))`,
    )
    .prepare();
  const ordersPage: Reads<{ beforeId: string; states: string; limit: number }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.id} < ${compared('beforeId')} and ${orders.state} in (select value from json_each(${compared('states')}))`,
    )
    .orderBy(sql`${orders.id} desc ${boundLimit}`)
    .prepare();
  return { purchasesMarked, costsSince, ordersPage };
}
