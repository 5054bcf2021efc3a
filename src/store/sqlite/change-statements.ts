import { getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, overTransactions, stamps } from './schema.ts';
import {
  at,
  type Db,
  type NodeRow,
  type OrderRow,
  type OrderValues,
  type Reads,
  type StampRow,
  type StampValues,
  to,
  type Writes,
} from './statement-types.ts';

/** Loads and saves the rows that a change concerns; a part of `Statements`. */
export function prepareChanges(db: Db) {
  return {
    saveNode: saveRow<NodeRow>(db, nodes, nodes.name),
    saveOrder: saveRow<OrderValues>(db, orders, orders.id),
    saveStamp: saveRow<StampValues>(db, stamps, stamps.batchId),
    ...forLoading(db),
    ...forTransactions(db),
  };
}

/** A whole row, new or not. The life tables are no business of SQL: apply-change.ts has decided what is written. */
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
    .where(sql`${orders.id} = ${at('id')}`)
    .prepare();
  /** What has not ended or is watched for, retired or not: what a move of the node concerns. */
  const movableOrders: Reads<{ node: string }, OrderRow> = db
    .select()
    .from(orders)
    .where(
      sql`(${orders.state} in ${OPEN_ORDERS} or ${orders.state} = 'abandoned') and ${orders.node} = ${at('node')}`,
    )
    .prepare();
  const movableStamps: Reads<{ node: string }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${stamps.state} in ${LIVE_STAMPS} and ${stamps.node} = ${at('node')}`)
    .prepare();
  /** What a clock that is set may concern: not the history. */
  const unexpiredStamps: Reads<{ fromMs: number }, StampRow> = db
    .select()
    .from(stamps)
    .where(sql`${stamps.state} in ${LIVE_STAMPS} or ${stamps.expiresAt} >= ${at('fromMs')}`)
    .prepare();
  return { order, movableOrders, movableStamps, unexpiredStamps };
}

/** They are replaced as a whole, so that there are never more than the node lists. */
function forTransactions(db: Db) {
  const forgetOver: Writes<{ node: string }> = db
    .delete(overTransactions)
    .where(sql`${overTransactions.node} = ${at('node')}`)
    .prepare();
  const addOver: Writes<{ node: string; hash: string }> = db
    .insert(overTransactions)
    .values({ node: to('node'), hash: to('hash') })
    .prepare();
  return { forgetOver, addOver };
}
