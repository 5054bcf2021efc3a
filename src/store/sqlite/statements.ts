import { eq, sql } from 'drizzle-orm';
import type { AcquisitionRow, OrderRow, StampRow } from '../rows/row-types.ts';
import { prepareAcquireLimits } from './acquire-limit-statements.ts';
import { ONE, prepareAcquisitions } from './acquire-statements.ts';
import { prepareChanges } from './change-statements.ts';
import { prepareCounts } from './count-statements.ts';
import { prepareNodes } from './node-statements.ts';
import { prepareRuns } from './run-statements.ts';
import { acquisitions, demand, orders, overTransactions, probe, stamps } from './schema.ts';
import {
  abandoned,
  acquirable,
  boundLimit,
  compared,
  type Db,
  live,
  type NoValues,
  open,
  type Reads,
  type Writes,
  written,
} from './statement-types.ts';

/** All statements of this adapter, prepared once: without that, Drizzle is 23 to 33 times slower. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: Db) {
  return {
    ...prepareAcquisitions(db),
    ...prepareAcquireLimits(db),
    ...prepareCounts(db),
    ...forReading(db),
    ...forPages(db),
    ...forProbing(db),
    ...prepareNodes(db),
    ...prepareRuns(db),
    ...prepareChanges(db),
  };
}

function forReading(db: Db) {
  const stamp: Reads<{ batchId: string }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${stamps.batchId} = ${compared('batchId')}`)
    .prepare();
  /** By a partial index, so that the history does not slow it down. The same holds for the next four. */
  const liveNodeAbove: Reads<{ node: string }, { node: string }> = db
    .select({ node: stamps.node })
    .from(stamps)
    .where(sql`${live} and ${stamps.node} > ${compared('node')}`)
    .orderBy(sql`${stamps.node} ${ONE}`)
    .prepare();
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
  const overTransactionsOf: Reads<{ node: string }, { hash: string }> = db
    .select({ hash: overTransactions.hash })
    .from(overTransactions)
    .where(sql`${overTransactions.node} = ${compared('node')}`)
    .prepare();
  const abandonedOrdersOf: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${abandoned} and ${orders.node} = ${compared('node')}`)
    .orderBy(orders.id)
    .prepare();
  /** The list is one value, so that the statement can be prepared. */
  const pooled: Reads<{ batchIds: string }, { batchId: string }> = db
    .select({ batchId: stamps.batchId })
    .from(stamps)
    .where(sql`${stamps.batchId} in (select value from json_each(${compared('batchIds')}))`)
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
  const lastTopUpShown: Reads<{ batchId: string }, { block: number | null }> = db
    .select({ block: orders.endedAtBlock })
    .from(orders)
    .where(
      sql`${orders.batchId} = ${compared('batchId')} and ${orders.kind} = 'topUp' and ${orders.state} = 'confirmed'`,
    )
    .orderBy(sql`${orders.endedAtBlock} desc ${ONE}`)
    .prepare();
  /** Each list is one value. `+`: otherwise SQLite scans all purchases of the node instead of searching by id. */
  const purchasesMarked: Reads<{ node: string; labels: string; amounts: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.kind} = 'purchase' and +${orders.node} = ${compared('node')} and ${orders.id} in (
        select value from json_each(${compared('labels')})
        union all
        select amounts.id from ${orders} as amounts where amounts.kind = 'purchase' and amounts.node = ${compared('node')}
          and amounts.amount in (select value from json_each(${compared('amounts')}))
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
  const leadTimes: Reads<NoValues, { ms: number }> = db
    .select({ ms: sql<number>`${stamps.availableAt} - ${orders.plannedAt}` })
    .from(stamps)
    .innerJoin(orders, eq(orders.id, stamps.orderId))
    .where(sql`${stamps.orderId} is not null and ${stamps.availableAt} is not null`)
    .orderBy(sql`${stamps.availableAt} desc limit 20`)
    .prepare();
  const demandSince: Reads<{ sinceMs: number }, typeof demand.$inferSelect> = db
    .select()
    .from(demand)
    .where(sql`${demand.hour} >= ${compared('sinceMs')}`)
    .orderBy(demand.hour, demand.depth, demand.outcome)
    .prepare();
  return {
    stamp,
    liveNodeAbove,
    openOrders,
    openOrdersOf,
    abandonedOrdersOf,
    overTransactionsOf,
    pooled,
    lastPurchaseShown,
    lastTopUpShown,
    purchasesMarked,
    costsSince,
    leadTimes,
    demandSince,
  };
}

/** Keyset pages: rows that are added or removed meanwhile do not repeat or hide others, and each page costs the same. */
function forPages(db: Db) {
  const acquirablePage: Reads<
    { node: string; depth: number; afterMs: number; afterId: string; limit: number },
    StampRow
  > = db
    .select()
    .from(stamps)
    .where(
      sql`${acquirable} and ${stamps.node} = ${compared('node')} and ${stamps.depth} = ${compared('depth')} and (${stamps.expiresAt}, ${stamps.batchId}) > (${compared('afterMs')}, ${compared('afterId')})`,
    )
    .orderBy(sql`${stamps.expiresAt}, ${stamps.batchId} ${boundLimit}`)
    .prepare();
  const ordersPage: Reads<{ beforeId: string; states: string; limit: number }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.id} < ${compared('beforeId')} and ${orders.state} in (select value from json_each(${compared('states')}))`,
    )
    .orderBy(sql`${orders.id} desc ${boundLimit}`)
    .prepare();
  const acquisitionsPage: Reads<{ beforeId: string; limit: number }, AcquisitionRow> = db
    .select()
    .from(acquisitions)
    .where(sql`${acquisitions.id} < ${compared('beforeId')}`)
    .orderBy(sql`${acquisitions.id} desc ${boundLimit}`)
    .prepare();
  const acquisitionsPageOf: Reads<{ caller: string; beforeId: string; limit: number }, AcquisitionRow> = db
    .select()
    .from(acquisitions)
    .where(
      sql`${acquisitions.id} < ${compared('beforeId')} and ${acquisitions.caller} = ${compared('caller')}`,
    )
    .orderBy(sql`${acquisitions.id} desc ${boundLimit}`)
    .prepare();
  const ownerOf: Reads<{ batchId: string }, { caller: string }> = db
    .select({ caller: acquisitions.caller })
    .from(acquisitions)
    .where(
      sql`${acquisitions.stampNumber} = (select ${stamps.number} from ${stamps} where ${stamps.batchId} = ${compared('batchId')})`,
    )
    .prepare();
  return { acquirablePage, ordersPage, acquisitionsPage, acquisitionsPageOf, ownerOf };
}

/**
 * At least eight pages, as many as an acquisition writes: on a nearly full disk a smaller write could succeed. Random,
 * because SQLite does not write a page that has not changed.
 */
const FILLER = sql`randomblob(32768)`;

function forProbing(db: Db) {
  const overwriteProbe: Writes<{ at: number }> = db
    .insert(probe)
    .values({ id: sql`1`, at: written('at'), filler: FILLER })
    .onConflictDoUpdate({
      target: probe.id,
      set: { at: sql`excluded.at`, filler: sql`excluded.filler` },
    })
    .prepare();
  return { overwriteProbe };
}
