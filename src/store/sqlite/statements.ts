import { eq, sql } from 'drizzle-orm';
import type { AcquisitionRow, StampRow } from '../rows/row-types.ts';
import { prepareAcquireLimits } from './acquire-limit-statements.ts';
import { ONE, prepareAcquisitions } from './acquire-statements.ts';
import { prepareChanges } from './change-statements.ts';
import { prepareCounts } from './count-statements.ts';
import { prepareNodes } from './node-statements.ts';
import { prepareOrders } from './order-statements.ts';
import { prepareRuns } from './run-statements.ts';
import { acquisitions, demand, orders, probe, stamps, supersededTransactions } from './schema.ts';
import {
  acquirable,
  boundLimit,
  compared,
  type Db,
  live,
  type NoValues,
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
    ...prepareOrders(db),
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
  /** By a partial index, so that the history does not slow it down. */
  const liveNodeAbove: Reads<{ node: string }, { node: string }> = db
    .select({ node: stamps.node })
    .from(stamps)
    .where(sql`${live} and ${stamps.node} > ${compared('node')}`)
    .orderBy(sql`${stamps.node} ${ONE}`)
    .prepare();
  const supersededTransactionsOf: Reads<{ node: string }, { hash: string }> = db
    .select({ hash: supersededTransactions.hash })
    .from(supersededTransactions)
    .where(sql`${supersededTransactions.node} = ${compared('node')}`)
    .prepare();
  /** The list is one value, so that the statement can be prepared. */
  const pooled: Reads<{ batchIds: string }, { batchId: string }> = db
    .select({ batchId: stamps.batchId })
    .from(stamps)
    .where(sql`${stamps.batchId} in (select value from json_each(${compared('batchIds')}))`)
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
    supersededTransactionsOf,
    pooled,
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
  return { acquirablePage, acquisitionsPage, acquisitionsPageOf, ownerOf };
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
