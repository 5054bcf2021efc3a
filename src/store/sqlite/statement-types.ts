import type Database from 'better-sqlite3';
import { type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { LIVE_STAMPS, OPEN_ORDERS, orders, stamps } from './schema.ts';

export type Db = BetterSQLite3Database & { readonly $client: Database.Database };
/** Drizzle accepts any record for the placeholders of a statement. These types require the right ones. */
export interface Reads<Values, Row> {
  get(values: Values): Row | undefined;
  all(values: Values): Row[];
}
export interface Writes<Values> {
  /** `changes`: how many rows it wrote. */
  run(values: Values): { readonly changes: number };
}
export type NoValues = Record<string, never>;

/** A parameter in a comparison. Without the `+`, SQLite 3.54 prepares the statement again at each run (docs/performance.md#traps). */
export const compared = (name: string): SQL => sql`+${sql.placeholder(name)}`;
/** The end of an order, with a bound limit: Drizzle's own limit has no `+`, so that a read would take five times as long. */
export const boundLimit: SQL = sql`limit ${compared('limit')}`;
/** A parameter that is written. */
export const written = (name: string): SQL => sql`${sql.placeholder(name)}`;

/** SQLite uses the index `stamps_acquirable` only if this is literally its condition. */
export const acquirable = sql`${stamps.withheld} is null and ${stamps.retiredAddress} is null and ${stamps.state} = 'available'`;
/** Retired stamps and orders do not change until the name of their node moves back. */
export const live = sql`${stamps.state} in ${LIVE_STAMPS} and ${stamps.retiredAddress} is null`;
export const open = sql`${orders.state} in ${OPEN_ORDERS} and ${orders.retiredAddress} is null`;
export const abandoned = sql`${orders.state} = 'abandoned' and ${orders.retiredAddress} is null`;
