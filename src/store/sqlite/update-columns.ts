import { getTableColumns, getTableName } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Db } from './statement-types.ts';

/**
 * An optimization: writes only the columns of a row that differ. SQLite writes an index again for each of its columns that is
 * set, also to the same value: the row of a stamp took 24 µs, and its expiry alone takes 6. test/contracts/store-model.ts
 * holds that the rows are as decided. To remove it, write whole rows.
 */
export function updateColumns<Row extends object>(
  db: Db,
  table: SQLiteTable,
  key: SQLiteColumn,
): (before: Row, after: Row) => void {
  const columns = Object.entries(getTableColumns(table)).map(([property, { name }]) => ({ property, name }));
  const keyProperty = columns.find(({ name }) => name === key.name)?.property ?? key.name;
  /** By the columns that they set: there are as many as kinds of changes. */
  const updates = new Map<string, Update>();
  return (before, after) => {
    const differing = columns.filter(
      ({ property }) => property in after && Reflect.get(after, property) !== Reflect.get(before, property),
    );
    if (differing.length === 0) return;
    const set = differing.map(({ name }) => `${name} = ?`).join(', ');
    const update =
      updates.get(set) ??
      db.$client.prepare(`UPDATE ${getTableName(table)} SET ${set} WHERE ${key.name} = +?`);
    updates.set(set, update);
    const valueOf = (property: string): unknown => asStored(Reflect.get(after, property));
    update.run(...differing.map(({ property }) => valueOf(property)), valueOf(keyProperty));
  };
}

interface Update {
  run(...values: readonly unknown[]): unknown;
}

/** SQLite has no booleans. */
const asStored = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);
