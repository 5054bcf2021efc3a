import { desc, eq, sql } from 'drizzle-orm';
import { prepareAcquireLimits } from './acquire-limit-statements.ts';
import { prepareChanges } from './change-statements.ts';
import { prepareNodes } from './node-statements.ts';
import { acquisitions, demand, orders, overTransactions, probe, stamps } from './schema.ts';
import {
  type AcquisitionRow,
  abandoned,
  acquirable,
  at,
  type Db,
  live,
  type Nothing,
  type OrderRow,
  open,
  type Reads,
  type StampRow,
  to,
  type Writes,
} from './statement-types.ts';

/** All that this adapter ever says to SQLite once it is open, prepared once: unprepared, Drizzle is 23 to 33 times slower. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: Db) {
  return {
    ...forAcquiring(db),
    ...prepareAcquireLimits(db),
    ...forReading(db),
    ...forPages(db),
    ...forProbing(db),
    ...prepareNodes(db),
    ...prepareChanges(db),
  };
}

/** `.limit(1)` would bind the number, and SQLite 3.54 prepares that anew at each run, too: seven times slower. */
const ONE = sql`limit 1`;

function forAcquiring(db: Db) {
  /** A retry finds the acquisition of then. */
  const acquisitionByKey: Reads<{ caller: string; idempotencyKey: string }, AcquisitionRow> = db
    .select()
    .from(acquisitions)
    .where(
      sql`${acquisitions.caller} = ${at('caller')} and ${acquisitions.idempotencyKey} = ${at('idempotencyKey')}`,
    )
    .prepare();
  /** The soonest to expire that keeps the promise; the batch id makes it the same one every time. */
  const pick: Reads<{ node: string; depth: number; expiresFromMs: number }, StampRow> = db
    .select()
    .from(stamps)
    .where(
      sql`${acquirable} and ${stamps.node} = ${at('node')} and ${stamps.depth} = ${at('depth')} and ${stamps.expiresAt} >= ${at('expiresFromMs')}`,
    )
    .orderBy(sql`${stamps.expiresAt}, ${stamps.batchId} ${ONE}`)
    .prepare();
  /** One step from depth to depth: "the smallest larger one" costs a look-up per depth, not a walk over its short-lived stamps. */
  const depthAbove: Reads<{ node: string; depth: number }, { depth: number }> = db
    .select({ depth: stamps.depth })
    .from(stamps)
    .where(sql`${acquirable} and ${stamps.node} = ${at('node')} and ${stamps.depth} > ${at('depth')}`)
    .orderBy(sql`${stamps.depth} ${ONE}`)
    .prepare();
  /** The same from node to node. */
  const nodeAbove: Reads<{ node: string }, { node: string }> = db
    .select({ node: stamps.node })
    .from(stamps)
    .where(sql`${acquirable} and ${stamps.node} > ${at('node')}`)
    .orderBy(sql`${stamps.node} ${ONE}`)
    .prepare();
  /** The state is asked for once more: what is not available is never given out, whoever picked it. */
  const giveOut: Writes<{ batchId: string }> = db
    .update(stamps)
    .set({ state: 'acquired' })
    .where(sql`${stamps.batchId} = ${at('batchId')} and ${acquirable}`)
    .prepare();
  /** Its unique batch id is the at-most-once guard: a second hand-out cannot be written. */
  const addAcquisition: Writes<AcquisitionRow> = db
    .insert(acquisitions)
    .values({
      id: to('id'),
      batchId: to('batchId'),
      acquiredAt: to('acquiredAt'),
      caller: to('caller'),
      clientRef: to('clientRef'),
      idempotencyKey: to('idempotencyKey'),
      fingerprint: to('fingerprint'),
      askedDepth: to('askedDepth'),
      givenDepth: to('givenDepth'),
      cost: to('cost'),
      ttlSeconds: to('ttlSeconds'),
    })
    .prepare();
  const addDemand: Writes<typeof demand.$inferSelect> = db
    .insert(demand)
    .values({ hour: to('hour'), depth: to('depth'), outcome: to('outcome'), count: to('count') })
    .onConflictDoUpdate({
      target: [demand.hour, demand.depth, demand.outcome],
      set: { count: sql`${demand.count} + excluded.count` },
    })
    .prepare();
  return { acquisitionByKey, pick, depthAbove, nodeAbove, giveOut, addAcquisition, addDemand };
}

function forReading(db: Db) {
  const stamp: Reads<{ batchId: string }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${stamps.batchId} = ${at('batchId')}`)
    .prepare();
  /** By a partial index: the history does not slow it down. So the next four. */
  const liveStamps: Reads<Nothing, StampRow> = db.select().from(stamps).where(live).prepare();
  const liveStampsOf: Reads<{ node: string }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${live} and ${stamps.node} = ${at('node')}`)
    .prepare();
  const openOrders: Reads<Nothing, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${open}`)
    .orderBy(orders.node, orders.id)
    .prepare();
  const openOrdersOf: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${open} and ${orders.node} = ${at('node')}`)
    .orderBy(orders.id)
    .prepare();
  const overTransactionsOf: Reads<{ node: string }, { hash: string }> = db
    .select({ hash: overTransactions.hash })
    .from(overTransactions)
    .where(sql`${overTransactions.node} = ${at('node')}`)
    .prepare();
  const abandonedOrdersOf: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${abandoned} and ${orders.node} = ${at('node')}`)
    .orderBy(orders.id)
    .prepare();
  const levels: Reads<{ expiresFromMs: number }, { node: string; depth: number; count: number }> = db
    .select({ node: stamps.node, depth: stamps.depth, count: sql<number>`count(*)` })
    .from(stamps)
    .where(sql`${acquirable} and ${stamps.expiresAt} >= ${at('expiresFromMs')}`)
    .groupBy(stamps.node, stamps.depth)
    .prepare();
  /** A list of any length in one value, so that the statement can be prepared. */
  const known: Reads<{ batchIds: string }, { batchId: string }> = db
    .select({ batchId: stamps.batchId })
    .from(stamps)
    .where(sql`${stamps.batchId} in (select value from json_each(${at('batchIds')}))`)
    .prepare();
  /** `limit 1` by the index: the last of a long history. */
  const lastPurchaseShown: Reads<{ node: string }, { block: number | null }> = db
    .select({ block: orders.endedAtBlock })
    .from(orders)
    .where(
      sql`${orders.node} = ${at('node')} and ${orders.kind} = 'purchase' and ${orders.state} = 'confirmed'`,
    )
    .orderBy(sql`${orders.endedAtBlock} desc ${ONE}`)
    .prepare();
  const lastTopUpsShown: Reads<{ node: string }, { batchId: string; block: number | null }> = db
    .select({ batchId: stamps.batchId, block: sql<number | null>`max(${orders.endedAtBlock})` })
    .from(stamps)
    .innerJoin(
      orders,
      sql`${orders.batchId} = ${stamps.batchId} and ${orders.kind} = 'topUp' and ${orders.state} = 'confirmed'`,
    )
    .where(sql`${live} and ${stamps.node} = ${at('node')}`)
    .groupBy(stamps.batchId)
    .prepare();
  /** Lists of any length in one value each. `+`: else SQLite walks over all purchases of the node rather than to the ids. */
  const purchasesMarked: Reads<{ node: string; labels: string; amounts: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.kind} = 'purchase' and +${orders.node} = ${at('node')} and ${orders.id} in (
        select value from json_each(${at('labels')})
        union all
        select amounts.id from ${orders} as amounts where amounts.kind = 'purchase' and amounts.node = ${at('node')}
          and amounts.amount in (select value from json_each(${at('amounts')}))
      )`,
    )
    .orderBy(orders.id)
    .prepare();
  /** Added up in JS: SQLite's integers are too small for money. */
  const costsSince: Reads<{ node: string; sinceMs: number }, { cost: string }> = db
    .select({ cost: orders.cost })
    .from(orders)
    .where(
      sql`${orders.node} = ${at('node')} and ${orders.plannedAt} >= ${at('sinceMs')} and (${orders.state} not in ('rejected', 'abandoned') or (${orders.state} = 'abandoned' and ${orders.claimBatchId} is not null))`,
    )
    .prepare();
  const leadTimes: Reads<Nothing, { ms: number }> = db
    .select({ ms: sql<number>`${stamps.availableAt} - ${orders.plannedAt}` })
    .from(stamps)
    .innerJoin(orders, eq(orders.id, stamps.orderId))
    .where(sql`${stamps.orderId} is not null and ${stamps.availableAt} is not null`)
    .orderBy(desc(stamps.availableAt))
    .limit(20)
    .prepare();
  const demandSince: Reads<{ sinceMs: number }, typeof demand.$inferSelect> = db
    .select()
    .from(demand)
    .where(sql`${demand.hour} >= ${at('sinceMs')}`)
    .orderBy(demand.hour, demand.depth, demand.outcome)
    .prepare();
  return {
    stamp,
    liveStamps,
    liveStampsOf,
    openOrders,
    openOrdersOf,
    abandonedOrdersOf,
    overTransactionsOf,
    levels,
    known,
    lastPurchaseShown,
    lastTopUpsShown,
    purchasesMarked,
    costsSince,
    leadTimes,
    demandSince,
  };
}

/** Keyset pages: what is added or given out meanwhile neither repeats nor hides a row, and page 1,000 costs what page 1 does. */
function forPages(db: Db) {
  const acquirablePage: Reads<
    { node: string; depth: number; afterMs: number; afterId: string; limit: number },
    StampRow
  > = db
    .select()
    .from(stamps)
    .where(
      sql`${acquirable} and ${stamps.node} = ${at('node')} and ${stamps.depth} = ${at('depth')} and (${stamps.expiresAt}, ${stamps.batchId}) > (${at('afterMs')}, ${at('afterId')})`,
    )
    .orderBy(stamps.expiresAt, stamps.batchId)
    .limit(sql.placeholder('limit'))
    .prepare();
  const ordersPage: Reads<{ beforeId: string; states: string; limit: number }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`${orders.id} < ${at('beforeId')} and ${orders.state} in (select value from json_each(${at('states')}))`,
    )
    .orderBy(desc(orders.id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const acquisitionsPage: Reads<{ beforeId: string; limit: number }, AcquisitionRow> = db
    .select()
    .from(acquisitions)
    .where(sql`${acquisitions.id} < ${at('beforeId')}`)
    .orderBy(desc(acquisitions.id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const acquisitionsPageOf: Reads<{ caller: string; beforeId: string; limit: number }, AcquisitionRow> = db
    .select()
    .from(acquisitions)
    .where(sql`${acquisitions.id} < ${at('beforeId')} and ${acquisitions.caller} = ${at('caller')}`)
    .orderBy(desc(acquisitions.id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const ownerOf: Reads<{ batchId: string }, { caller: string }> = db
    .select({ caller: acquisitions.caller })
    .from(acquisitions)
    .where(sql`${acquisitions.batchId} = ${at('batchId')}`)
    .prepare();
  return { acquirablePage, ordersPage, acquisitionsPage, acquisitionsPageOf, ownerOf };
}

/**
 * Eight pages and more, which is what an acquisition writes: on a disk that is nearly full a smaller write could still
 * succeed. Random, because SQLite does not write a page again that has not changed.
 */
const FILLER = sql`randomblob(32768)`;

function forProbing(db: Db) {
  const overwriteProbe: Writes<{ at: number }> = db
    .insert(probe)
    .values({ id: sql`1`, at: to('at'), filler: FILLER })
    .onConflictDoUpdate({
      target: probe.id,
      set: { at: sql`excluded.at`, filler: sql`excluded.filler` },
    })
    .prepare();
  return { overwriteProbe };
}
