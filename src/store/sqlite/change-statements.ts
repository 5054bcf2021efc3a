import { getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, overTransactions, stamps } from './schema.ts';
import {
  compared,
  type Db,
  type NodeRow,
  type OrderRow,
  type OrderValues,
  type Reads,
  type StampRow,
  type StampValues,
  type Writes,
  written,
} from './statement-types.ts';

/** The part of `Statements` that loads and saves the rows that a change concerns. */
export function prepareChanges(db: Db) {
  return {
    saveNode: saveRow<NodeRow>(db, nodes, nodes.name),
    saveOrder: saveRow<OrderValues>(db, orders, orders.id),
    saveStamp: saveRow<StampValues>(db, stamps, stamps.batchId),
    ...forLoading(db),
    ...forClock(db),
    ...forTransactions(db),
  };
}

/** Writes a whole row, new or not: apply-change.ts has decided what is legal. */
function saveRow<Values>(db: Db, table: SQLiteTable, key: SQLiteColumn): Writes<Values> {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, { name }]) => name);
  return db.$client.prepare<[Values]>(
    `INSERT INTO ${getTableName(table)} (${names.join(', ')}) VALUES (${columns.map(([property]) => `@${property}`).join(', ')})
    ON CONFLICT (${key.name}) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  );
}

function forLoading(db: Db) {
  const order: Reads<{ id: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(sql`${orders.id} = ${compared('id')}`)
    .prepare();
  /** What a move of the node concerns: orders that have not ended or are watched, retired or not. */
  const movableOrders: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`(${orders.state} in ${OPEN_ORDERS} or ${orders.state} = 'abandoned') and ${orders.node} = ${compared('node')}`,
    )
    .prepare();
  const movableStamps: Reads<{ node: string }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${stamps.state} in ${LIVE_STAMPS} and ${stamps.node} = ${compared('node')}`)
    .prepare();
  return { order, movableOrders, movableStamps };
}

/** As apply-change.ts moves the expiry of one stamp, for all at once: one by one, it takes fifteen times as long. */
function forClock(db: Db) {
  const moveExpiries: Writes<{ byMs: number; fromMs: number }> = db
    .update(stamps)
    .set({ expiresAt: sql`${stamps.expiresAt} + ${written('byMs')}` })
    .where(
      sql`${stamps.expiresAt} is not null and ${stamps.retiredAddress} is null and (${stamps.state} in ${LIVE_STAMPS} or (${stamps.state} = 'acquired' and ${stamps.expiresAt} > ${compared('fromMs')}))`,
    )
    .prepare();
  return { moveExpiries };
}

/** The list is replaced as a whole, so that it is never longer than the list of the node. */
function forTransactions(db: Db) {
  const forgetOver: Writes<{ node: string }> = db
    .delete(overTransactions)
    .where(sql`${overTransactions.node} = ${compared('node')}`)
    .prepare();
  const addOver: Writes<{ node: string; hash: string }> = db
    .insert(overTransactions)
    .values({ node: written('node'), hash: written('hash') })
    .prepare();
  return { forgetOver, addOver };
}
