import { type SQL, sql } from 'drizzle-orm';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, stamps } from './schema.ts';
import { at, type Db, type NodeRow, type Nothing, type Reads } from './statement-types.ts';

type Count = { node: string; retiredAddress: string | null; count: number };

/** What is known of the nodes, and of whose stock it is; a part of `Statements`. */
export function prepareNodes(db: Db) {
  return { ...forKnowing(db), ...forCounting(db) };
}

function forKnowing(db: Db) {
  const node: Reads<{ name: string }, NodeRow> = db
    .select()
    .from(nodes)
    .where(sql`${nodes.name} = ${at('name')}`)
    .prepare();
  const allNodes: Reads<Nothing, NodeRow> = db.select().from(nodes).orderBy(nodes.name).prepare();
  const changedNodes: Reads<Nothing, { name: string }> = db
    .select({ name: nodes.name })
    .from(nodes)
    .where(sql`${nodes.changedAt} is not null`)
    .prepare();
  return { node, nodes: allNodes, changedNodes };
}

const count: SQL<number> = sql<number>`count(*)`;

/** Over everything, retired or not; for an operator who asks, not for each run. */
function forCounting(db: Db) {
  const liveByAddress: Reads<{ atMs: number }, Count> = db
    .select({ node: stamps.node, retiredAddress: stamps.retiredAddress, count })
    .from(stamps)
    .where(
      sql`${stamps.state} in ${LIVE_STAMPS} and (${stamps.expiresAt} is null or ${stamps.expiresAt} > ${at('atMs')})`,
    )
    .groupBy(stamps.node, stamps.retiredAddress)
    .prepare();
  const openByAddress: Reads<Nothing, Count> = db
    .select({ node: orders.node, retiredAddress: orders.retiredAddress, count })
    .from(orders)
    .where(sql`${orders.state} in ${OPEN_ORDERS}`)
    .groupBy(orders.node, orders.retiredAddress)
    .prepare();
  return { liveByAddress, openByAddress };
}
