import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { given, storable } from './statement.ts';

// Rows travel as one JSON value, so that a statement is the same for any number of them.

/** The value of the parameter `rows`. */
export function jsonRows<Table extends PgTable>(
  table: Table,
  rows: readonly Table['$inferSelect'][],
): string {
  const columns = Object.entries(getTableColumns(table));
  return JSON.stringify(
    rows.map((row) => {
      const values = new Map<string, unknown>(Object.entries(row));
      return Object.fromEntries(
        columns.map(([property, { name }]) => [name, storable(values.get(property))]),
      );
    }),
  );
}

/** The rows of the parameter `rows`, as a table called `given`. */
const givenRows = (table: PgTable): SQL =>
  sql`json_populate_recordset(null::${table}, ${given('rows')}::json) as given`;

/** Inserts the rows of the parameter `rows`. Columns that this version does not know have their defaults. */
export const insertRows = (table: PgTable): SQL => {
  const names = columnNames(table);
  return sql`insert into ${table} (${list(names)}) select ${list(names)} from ${givenRows(table)}`;
};

/** Sets all columns of the rows with the same `key` as the parameter `rows` has. */
export const updateRows = (table: PgTable, key: string): SQL => {
  const names = columnNames(table);
  const assigned = names.map((name) => sql`${sql.identifier(name)} = given.${sql.identifier(name)}`);
  return sql`update ${table} set ${sql.join(assigned, sql`, `)} from ${givenRows(table)}
    where ${table}.${sql.identifier(key)} = given.${sql.identifier(key)}`;
};

const columnNames = (table: PgTable): readonly string[] =>
  Object.values(getTableColumns(table)).map(({ name }) => name);

const list = (names: readonly string[]): SQL =>
  sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  );
