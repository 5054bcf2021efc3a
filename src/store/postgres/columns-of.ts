import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { given } from './statement.ts';

/** The columns of a table under the names that its rows have here, for a select. `except`: by these names. */
export const columnsOf = (table: PgTable, except: readonly string[] = []): SQL =>
  sql.join(
    columnsBut(table, except).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`),
    sql`, `,
  );

/** `(columns) values (placeholders)`, for an insert. */
export function wholeRow(table: PgTable, except: readonly string[] = []): SQL {
  const columns = columnsBut(table, except);
  const names = columns.map(([, { name }]) => sql.identifier(name));
  const values = columns.map(([name]) => given(name));
  return sql`(${sql.join(names, sql`, `)}) values (${sql.join(values, sql`, `)})`;
}

/** `column = excluded.column` of each, for an insert of a row that may exist. */
export const excludedOf = (table: PgTable, except: readonly string[] = []): SQL =>
  sql.join(
    columnsBut(table, except).map(
      ([, { name }]) => sql`${sql.identifier(name)} = excluded.${sql.identifier(name)}`,
    ),
    sql`, `,
  );

const columnsBut = (table: PgTable, except: readonly string[]) =>
  Object.entries(getTableColumns(table)).filter(([name]) => !except.includes(name));
