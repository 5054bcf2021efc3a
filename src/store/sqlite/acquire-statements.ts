import type Database from 'better-sqlite3';
import { getTableColumns, sql } from 'drizzle-orm';
import type { AcquisitionRow, StampRow } from '../rows/row-types.ts';
import { acquisitions, stamps } from './schema.ts';
import { acquirable, compared, type Db, type Reads } from './statement-types.ts';

/**
 * The part of `Statements` that gives out stamps. Those that run for each acquisition or each commit are prepared without
 * Drizzle, whose rows and values by name would cost as much again as the shortest of them.
 */
export function prepareAcquisitions(db: Db) {
  return { ...forDeciding(db), ...forPicking(db.$client), ...forWriting(db.$client) };
}

/** `.limit(1)` would bind the number, and SQLite 3.54 would prepare the statement again at each run: seven times slower. */
export const ONE = sql`limit 1`;

function forDeciding(db: Db) {
  /** Finds the acquisition of a repeated request. */
  const acquisitionByKey: Reads<{ caller: string; idempotencyKey: string }, AcquisitionRow> = db
    .select()
    .from(acquisitions)
    .where(
      sql`${acquisitions.caller} = ${compared('caller')} and ${acquisitions.idempotencyKey} = ${compared('idempotencyKey')}`,
    )
    .prepare();
  /** The next larger depth, by one index search: a single query for all depths would scan the short-lived stamps of each. */
  const depthAbove: Reads<{ node: string; depth: number }, { depth: number }> = db
    .select({ depth: stamps.depth })
    .from(stamps)
    .where(
      sql`${acquirable} and ${stamps.node} = ${compared('node')} and ${stamps.depth} > ${compared('depth')}`,
    )
    .orderBy(sql`${stamps.depth} ${ONE}`)
    .prepare();
  /** The next node by name, in the same way. */
  const nodeAbove: Reads<{ node: string }, { node: string }> = db
    .select({ node: stamps.node })
    .from(stamps)
    .where(sql`${acquirable} and ${stamps.node} > ${compared('node')}`)
    .orderBy(sql`${stamps.node} ${ONE}`)
    .prepare();
  return { acquisitionByKey, depthAbove, nodeAbove };
}

/** A stamp that can be given out. By its number it is found faster than by its batch id. */
export interface PickedRow extends StampRow {
  readonly number: number;
}

/** The same as SQLite reads it, without booleans. */
type ReadRow = Omit<PickedRow, 'immutable'> & { readonly immutable: number };

export const pickedRow = (row: ReadRow): PickedRow => ({ ...row, immutable: row.immutable === 1 });

/** Literally the condition of the index `stamps_acquirable`, as `acquirable` is. */
const ACQUIRABLE = `withheld IS NULL AND retired_address IS NULL AND state = 'available'`;

type PickValues = [node: string, depth: number, expiresFromMs: number, limit: number, offset: number];

function forPicking(client: Database.Database) {
  const columns = Object.entries(getTableColumns(stamps)).map(
    ([property, { name }]) => `${name} AS ${property}`,
  );
  /** The first to expire that meet the promise. The batch id makes the choice deterministic. */
  const pick = client.prepare<PickValues, ReadRow>(
    `SELECT ${columns.join(', ')} FROM stamps
    WHERE ${ACQUIRABLE} AND node = +? AND depth = +? AND expires_at >= +? ORDER BY expires_at, batch_id LIMIT +? OFFSET +?`,
  );
  return { pick };
}

/** Every value is bound by its place. */
function forWriting(client: Database.Database) {
  /** The condition is checked again: a stamp that is not available is never given out. */
  const giveOut = bySize((size) =>
    client.prepare<[numbers: readonly number[]]>(
      `UPDATE stamps SET state = 'acquired' WHERE number IN (${repeated('+?', size)}) AND ${ACQUIRABLE}`,
    ),
  );
  /** The number of the stamp is unique: a second acquisition of a stamp cannot be written. */
  const addAcquisitions = bySize((size) =>
    client.prepare<[values: readonly AcquisitionValue[]]>(
      `INSERT INTO acquisitions (id, batch_id, acquired_at, caller, client_ref, idempotency_key, fingerprint,
      asked_depth, given_depth, cost, ttl_seconds, stamp_number)
      VALUES ${repeated('(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', size)}`,
    ),
  );
  const addDemand = client.prepare<[hour: number, depth: number, outcome: string, count: number]>(
    `INSERT INTO demand (hour, depth, outcome, count) VALUES (?, ?, ?, ?)
    ON CONFLICT (hour, depth, outcome) DO UPDATE SET count = count + excluded.count`,
  );
  return { giveOut, addAcquisitions, addDemand };
}

type AcquisitionValue = string | number | null;

/** In the order of the columns of `addAcquisitions`. */
export const valuesOf = (row: AcquisitionRow, stampNumber: number): readonly AcquisitionValue[] => [
  row.id,
  row.batchId,
  row.acquiredAt,
  row.caller,
  row.clientRef,
  row.idempotencyKey,
  row.fingerprint,
  row.askedDepth,
  row.givenDepth,
  row.cost,
  row.ttlSeconds,
  stampNumber,
];

/** How many rows one statement writes. One for each number of rows would have to be prepared a hundred times. */
const CHUNK_SIZES = [16, 8, 4, 2, 1] as const;

/** In a commit of a hundred acquisitions, a row costs a quarter less than with a statement of its own. */
export function* inChunks<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; ) {
    const size = CHUNK_SIZES.find((most) => most <= rows.length - from) ?? 1;
    yield rows.slice(from, from + size);
    from += size;
  }
}

/** Prepares the statement of each size at its first use. */
function bySize<Prepared>(prepare: (size: number) => Prepared): (size: number) => Prepared {
  const prepared = new Map<number, Prepared>();
  return (size) => {
    const statement = prepared.get(size) ?? prepare(size);
    prepared.set(size, statement);
    return statement;
  };
}

const repeated = (part: string, times: number): string =>
  Array.from({ length: times }, () => part).join(', ');
