import { type SQL, sql } from 'drizzle-orm';
import { bigint, customType, numeric } from 'drizzle-orm/pg-core';

// The kinds of columns of the tables.

/** Compared by bytes, whatever the locale of the database: ids and names have the same order in both adapters. */
export const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
/** Room for the cost of any batch that the contract can hold: an amount of 256 bits, for each of 2^255 chunks. */
export const plurs = (name: string) => numeric(name, { precision: 200, scale: 0 });
/** Milliseconds since 1970. */
export const ms = (name: string) => bigint(name, { mode: 'number' });
export const count = (name: string) => bigint(name, { mode: 'number' });
/** Literals, not bound values: a CHECK or a partial index cannot have parameters. */
export const oneOf = (values: readonly string[]): SQL =>
  sql.raw(`(${values.map((value) => `'${value}'`).join(', ')})`);
