import { sql } from 'drizzle-orm';
import { type Change, isAllocation } from '../../domain/change.ts';
import { type Plur, parsePlur } from '../../domain/units.ts';
import { AllocationChangedError, type AllocationStore, type PoolStock } from '../allocation-store.ts';
import type { Moment } from '../moment.ts';
import { poolAllocation } from './counter-schema.ts';
import type { Database } from './database.ts';
import { costInPoolSince } from './read-statements.ts';
import { given, statement } from './statement.ts';
import { poolStockOf } from './stock-reads.ts';
import type { Transaction } from './transaction.ts';

/** What allocation is decided on, in PostgreSQL. */
export class PostgresAllocationStore implements AllocationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async poolStock(moment: Moment): Promise<PoolStock> {
    return await this.#database.read(async (on) => {
      const [[row], stock] = await Promise.all([read(on, {}), poolStockOf(on, moment)]);
      return { allocation: allocationIn(row), ...stock };
    });
  }

  async spentByPoolSince(since: Date): Promise<Plur> {
    const [row] = await costInPoolSince(this.#database, { sinceMs: since.getTime() });
    return parsePlur(row?.cost ?? '0');
  }
}

/**
 * Locks the number until the commit, if the write requires it or changes it, and counts the changes.
 * @throws AllocationChangedError
 */
export async function allocate(
  transaction: Transaction,
  changes: readonly Change[],
  decidedAt: number | undefined,
): Promise<void> {
  const by = changes.filter(isAllocation).length;
  if (by === 0 && decidedAt === undefined) return;
  const [row] = await add(transaction, { by });
  const before = allocationIn(row) - by;
  if (decidedAt !== undefined && decidedAt !== before) throw new AllocationChangedError(decidedAt, before);
}

function allocationIn(row: { readonly allocation: number } | undefined): number {
  if (row) return row.allocation;
  throw new TypeError('pool_allocation has no row');
}

const read = statement<object, { allocation: number }>(
  'allocation',
  sql`select ${poolAllocation.allocation} as allocation from ${poolAllocation}`,
);

const add = statement<{ readonly by: number }, { allocation: number }>(
  'add-allocation',
  sql`update ${poolAllocation} set allocation = ${poolAllocation.allocation} + ${given('by')}::bigint returning ${poolAllocation.allocation} as allocation`,
);
