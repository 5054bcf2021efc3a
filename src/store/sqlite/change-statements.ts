import { getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { NodeRow, OrderRow, StampRow } from '../rows/row-types.ts';
import { LIVE_STAMPS, nodes, OPEN_ORDERS, orders, stamps, supersededTransactions } from './schema.ts';
import { forDueIncidents } from './sqlite-due-incident-store.ts';
import { compared, type Db, type Reads, type Writes, written } from './statement-types.ts';
import { updateColumns } from './update-columns.ts';

/** The part of `Statements` that loads and saves the rows that a change concerns. */
export function prepareChanges(db: Db) {
  return {
    saveNode: saveRow<NodeRow>(db, nodes, { key: nodes.name }),
    saveOrder: saveRow<OrderRow>(db, orders, { key: orders.id }),
    saveStamp: saveRow<StampRow>(db, stamps, { key: stamps.batchId, ofNewRow: { number: NEXT_NUMBER } }),
    updateStamp: updateColumns<StampRow>(db, stamps, stamps.batchId),
    ...forLoading(db),
    ...forClock(db),
    ...forTransactions(db),
    ...forDueIncidents(db),
  };
}

const NEXT_NUMBER = '(SELECT coalesce(max(number), 0) + 1 FROM stamps)';

interface RowKind {
  readonly key: SQLiteColumn;
  /** The expressions of columns that are written once, with a new row. */
  readonly ofNewRow?: Readonly<Record<string, string>>;
}

/** Writes a whole row, new or not: apply-change.ts has decided what is legal. */
function saveRow<Row extends object>(
  db: Db,
  table: SQLiteTable,
  { key, ofNewRow = {} }: RowKind,
): Writes<Row> {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, { name }]) => name);
  const values = columns.map(([property, { name }]) => ofNewRow[name] ?? `@${property}`);
  // Without the key: to set it, also to the same value, makes SQLite search all rows of the tables that refer to it.
  const updated = names.filter((name) => name !== key.name && ofNewRow[name] === undefined);
  const save = db.$client.prepare<[object]>(
    `INSERT INTO ${getTableName(table)} (${names.join(', ')}) VALUES (${values.join(', ')})
    ON CONFLICT (${key.name}) DO UPDATE SET ${updated.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  );
  return { run: (row) => save.run(withoutBooleans(row)) };
}

/** SQLite has none. */
const withoutBooleans = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]),
  );

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

/**
 * No time to live changes when the wall clock is set. Clients are shown the expiry of what they acquired, until it is over. All
 * at once: stamp by stamp, it takes fifteen times as long.
 */
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
  const forgetSuperseded: Writes<{ node: string }> = db
    .delete(supersededTransactions)
    .where(sql`${supersededTransactions.node} = ${compared('node')}`)
    .prepare();
  const addSuperseded: Writes<{ node: string; hash: string }> = db
    .insert(supersededTransactions)
    .values({ node: written('node'), hash: written('hash') })
    .prepare();
  return { forgetSuperseded, addSuperseded };
}
