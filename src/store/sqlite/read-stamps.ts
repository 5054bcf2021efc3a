import { fillPlaceholders, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core';
import type { StampRow } from '../rows/row-types.ts';
import { stamps } from './schema.ts';
import type { Db, Reads } from './statement-types.ts';

/**
 * An optimization for statements that read many stamps: SQLite makes the rows under the names that they have here. Drizzle makes
 * each of them a second time, which takes four times as long as reading it. To remove it, use `db.select().from(stamps)`.
 */
export function readStamps<Values extends Record<string, unknown>>(
  db: Db,
  rest: SQL,
): Pick<Reads<Values, StampRow>, 'all'> {
  const text = sql`select ${sql.join(COLUMNS, sql`, `)} from ${stamps} ${rest}`;
  const query = new SQLiteSyncDialect().sqlToQuery(text);
  let statement: ReturnType<typeof db.$client.prepare<unknown[], StoredStamp>> | undefined;
  return {
    all: (values) => {
      statement ??= db.$client.prepare<unknown[], StoredStamp>(query.sql);
      return statement
        .all(...fillPlaceholders(query.params, values))
        .map((row) => ({ ...row, immutable: row.immutable === 1 }));
    },
  };
}

/** SQLite has no booleans. */
type StoredStamp = Omit<StampRow, 'immutable'> & { readonly immutable: number };

const { number: _number, ...ofRow } = getTableColumns(stamps);
const COLUMNS = Object.entries(ofRow).map(([name, column]) => sql`${column} as ${sql.identifier(name)}`);
