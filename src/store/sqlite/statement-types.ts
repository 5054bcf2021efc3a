import type Database from 'better-sqlite3';
import { type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { type acquisitions, LIVE_STAMPS, type nodes, OPEN_ORDERS, orders, stamps } from './schema.ts';

export type Db = BetterSQLite3Database & { readonly $client: Database.Database };
export type StampRow = typeof stamps.$inferSelect;
export type OrderRow = typeof orders.$inferSelect;
export type NodeRow = typeof nodes.$inferSelect;
export type AcquisitionRow = typeof acquisitions.$inferSelect;
/** As SQLite takes them: it has no booleans, and Drizzle's prepared statements would write false for null. */
export type StampValues = Omit<StampRow, 'immutable'> & { readonly immutable: number };
export type OrderValues = Omit<OrderRow, 'immutable'> & { readonly immutable: number | null };

/** Drizzle takes any record for the placeholders of a statement: these hold the callers to the right ones. */
export interface Reads<Values, Row> {
  get(values: Values): Row | undefined;
  all(values: Values): Row[];
}
export interface Writes<Values> {
  /** `changes`: how many rows it wrote. */
  run(values: Values): { readonly changes: number };
}
export type Nothing = Record<string, never>;

/** A value compared with a column. `+?`: SQLite 3.54 prepares a statement anew at each run otherwise (docs/performance.md#traps). */
export const at = (name: string): SQL => sql`+${sql.placeholder(name)}`;
/** A value that is written. */
export const to = (name: string): SQL => sql`${sql.placeholder(name)}`;

/** Word for word the condition of the index `stamps_acquirable`, or SQLite does not use it. */
export const acquirable = sql`${stamps.withheld} is null and ${stamps.retiredAddress} is null and ${stamps.state} = 'available'`;
/** What is retired is as good as over: no change touches it, until the name of its node moves back. */
export const live = sql`${stamps.state} in ${LIVE_STAMPS} and ${stamps.retiredAddress} is null`;
export const open = sql`${orders.state} in ${OPEN_ORDERS} and ${orders.retiredAddress} is null`;
export const abandoned = sql`${orders.state} = 'abandoned' and ${orders.retiredAddress} is null`;
