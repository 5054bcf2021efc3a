import { type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, stamps } from './schema.ts';
import { at, live, type NodeRow, type Nothing, type Reads, to, type Writes } from './statement-types.ts';

type Retired = { node: string; address: string };
type Count = { node: string; retiredAddress: string | null; count: number };

/** What is known of the nodes, and of whose stock it is; a part of `Statements`. */
export function prepareNodes(db: BetterSQLite3Database) {
  return { ...forKnowing(db), ...forChanging(db), ...forMoving(db), ...forCounting(db) };
}

function forKnowing(db: BetterSQLite3Database) {
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

function forChanging(db: BetterSQLite3Database) {
  /** A pin is not replaced by observation: only the operator moves a node. */
  const pinNode: Writes<{ name: string; address: string; atMs: number }> = db
    .insert(nodes)
    .values({ name: to('name'), address: to('address'), pinnedAt: to('atMs') })
    .onConflictDoUpdate({
      target: nodes.name,
      set: {
        address: sql`excluded.address`,
        pinnedAt: sql`excluded.pinned_at`,
        otherAddress: null,
        changedAt: null,
      },
      setWhere: sql`${nodes.address} is null`,
    })
    .prepare();
  const nodeChanged: Writes<{ name: string; other: string; atMs: number }> = db
    .insert(nodes)
    .values({ name: to('name'), otherAddress: to('other'), changedAt: to('atMs') })
    .onConflictDoUpdate({
      target: nodes.name,
      set: {
        otherAddress: sql`excluded.other_address`,
        changedAt: sql`coalesce(${nodes.changedAt}, excluded.changed_at)`,
      },
    })
    .prepare();
  const nodeReturned: Writes<{ name: string }> = db
    .update(nodes)
    .set({ otherAddress: null, changedAt: null })
    .where(sql`${nodes.name} = ${at('name')}`)
    .prepare();
  return { pinNode, nodeChanged, nodeReturned };
}

function forMoving(db: BetterSQLite3Database) {
  const moveNode: Writes<{ name: string; address: string; atMs: number }> = db
    .insert(nodes)
    .values({ name: to('name'), address: to('address'), pinnedAt: to('atMs') })
    .onConflictDoUpdate({
      target: nodes.name,
      set: {
        address: sql`excluded.address`,
        pinnedAt: sql`excluded.pinned_at`,
        otherAddress: null,
        changedAt: null,
      },
    })
    .prepare();
  /** What is over stays as it is: it is history, whatever the node's name stands for. */
  const retireStamps: Writes<Retired> = db
    .update(stamps)
    .set({ retiredAddress: to('address') })
    .where(sql`${live} and ${stamps.node} = ${at('node')}`)
    .prepare();
  /** An order that was given up is watched for, so it goes along. */
  const retireOrders: Writes<Retired> = db
    .update(orders)
    .set({ retiredAddress: to('address') })
    .where(
      sql`(${orders.state} in ${OPEN_ORDERS} or ${orders.state} = 'abandoned') and ${orders.retiredAddress} is null and ${orders.node} = ${at('node')}`,
    )
    .prepare();
  const restoreStamps: Writes<Retired> = db
    .update(stamps)
    .set({ retiredAddress: null })
    .where(sql`${stamps.node} = ${at('node')} and ${stamps.retiredAddress} = ${at('address')}`)
    .prepare();
  const restoreOrders: Writes<Retired> = db
    .update(orders)
    .set({ retiredAddress: null })
    .where(sql`${orders.node} = ${at('node')} and ${orders.retiredAddress} = ${at('address')}`)
    .prepare();
  return { moveNode, retireStamps, retireOrders, restoreStamps, restoreOrders };
}

const count: SQL<number> = sql<number>`count(*)`;

/** Over everything, retired or not; for an operator who asks, not for each run. */
function forCounting(db: BetterSQLite3Database) {
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
