import { Placeholder, type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

/** What a connection executes. `name`: each connection parses and plans a statement of this name once. */
export interface BoundStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Something that executes statements: a connection from the pool for each, or one transaction. */
export interface Asks {
  ask<Row extends object>(bound: BoundStatement): Promise<readonly Row[]>;
}

/** Reads, or writes and returns what it wrote. */
export type Statement<Values, Row> = (on: Asks, values: Values) => Promise<readonly Row[]>;

const dialect = new PgDialect();
const names = new Set<string>();

/**
 * A statement whose parameters are the placeholders of `query`. Its text is made once.
 * The columns of the result are those of `Row`: select them by `columnsOf`, or with an alias.
 */
export function statement<Values extends object, Row extends object = never>(
  name: string,
  query: SQL,
): Statement<Values, Row> {
  if (names.has(name)) throw new TypeError(`there are two statements called ${name}`);
  names.add(name);
  const { sql: text, params } = dialect.sqlToQuery(query);
  const parameters = params.map((parameter) => {
    if (parameter instanceof Placeholder) return String(parameter.name);
    throw new TypeError(`${name} has a value in its text: ${String(parameter)}`);
  });
  return (on, values) => {
    const byName = new Map<string, unknown>(Object.entries(values));
    return on.ask<Row>({
      name,
      text,
      values: parameters.map((parameter) => storable(byName.get(parameter))),
    });
  };
}

/** A parameter. */
export const given = (name: string): SQL => sql`${sql.placeholder(name)}`;

/** The time of the server, which all replicas share, in milliseconds. Not that of the start of the transaction, which may have waited. */
export const serverMs = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** PostgreSQL cannot store U+0000. What is looked up later is refused with it; a message of a node may have it. */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  return Array.isArray(value) ? value.map(storable) : value;
}
