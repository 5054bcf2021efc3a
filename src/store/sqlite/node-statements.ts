import { type SQL, sql } from 'drizzle-orm';
import type { HeldCount } from '../holdings.ts';
import type { NodeRow } from '../rows/row-types.ts';
import type { NodeTimes } from '../rows/withheld-nodes.ts';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, stamps } from './schema.ts';
import { compared, type Db, type NoValues, type Reads } from './statement-types.ts';

/** The part of `Statements` about the nodes and what they hold. */
export function prepareNodes(db: Db) {
  return { ...forKnowing(db), ...forCounting(db) };
}

function forKnowing(db: Db) {
  const node: Reads<{ name: string }, NodeRow> = db
    .select()
    .from(nodes)
    .where(sql`${nodes.name} = ${compared('name')}`)
    .prepare();
  const allNodes: Reads<NoValues, NodeRow> = db.select().from(nodes).orderBy(nodes.name).prepare();
  /** What decides whether the stamps of a node are given out. */
  const nodeTimes: Reads<NoValues, NodeTimes> = db
    .select({ name: nodes.name, changedAt: nodes.changedAt, observedAt: nodes.observedAt })
    .from(nodes)
    .prepare();
  return { node, nodes: allNodes, nodeTimes };
}

const count: SQL<number> = sql<number>`count(*)`;

/** Counts everything, retired or not. For an operator's command, not for each run. */
function forCounting(db: Db) {
  const liveByAddress: Reads<{ atMs: number }, HeldCount> = db
    .select({ node: stamps.node, retiredAddress: stamps.retiredAddress, count })
    .from(stamps)
    .where(
      sql`${stamps.state} in ${LIVE_STAMPS} and (${stamps.expiresAt} is null or ${stamps.expiresAt} > ${compared('atMs')})`,
    )
    .groupBy(stamps.node, stamps.retiredAddress)
    .prepare();
  const openByAddress: Reads<NoValues, HeldCount> = db
    .select({ node: orders.node, retiredAddress: orders.retiredAddress, count })
    .from(orders)
    .where(sql`${orders.state} in ${OPEN_ORDERS}`)
    .groupBy(orders.node, orders.retiredAddress)
    .prepare();
  return { liveByAddress, openByAddress };
}
