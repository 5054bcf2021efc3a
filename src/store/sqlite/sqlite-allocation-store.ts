import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { type Change, isAllocation } from '../../domain/change.ts';
import { type Plur, parsePlur, plur } from '../../domain/units.ts';
import { AllocationChangedError, type AllocationStore, type PoolStock } from '../allocation-store.ts';
import type { Moment } from '../moment.ts';
import { askDatabase } from './map-errors.ts';
import { orders } from './schema.ts';
import { statementBuilder } from './statement-builder.ts';
import { compared, type Reads } from './statement-types.ts';
import { poolStockOf } from './stock-reads.ts';
import type { Tables } from './write-change.ts';

/** What allocation is decided on, in an SQLite file. */
export class SqliteAllocationStore implements AllocationStore {
  readonly #tables: Tables;
  readonly #nodeAbove: Reads<{ node: string }, { node: string }>;
  /** Counted in memory: only this process writes. A transaction that is rolled back leaves a gap. */
  #allocation = 0;

  constructor(client: Database.Database, tables: Tables) {
    this.#tables = tables;
    this.#nodeAbove = prepareNodeAbove(client);
  }

  async poolStock(moment: Moment): Promise<PoolStock> {
    return askDatabase(() => ({ allocation: this.#allocation, ...poolStockOf(this.#tables, moment) }));
  }

  async spentByPoolSince(since: Date): Promise<Plur> {
    return askDatabase(() => {
      let spent = 0n;
      for (let next = this.#nodeAbove.get({ node: '' }); next; next = this.#nodeAbove.get(next)) {
        const costs = this.#tables.statements.costsSince.all({ node: next.node, sinceMs: since.getTime() });
        for (const { cost } of costs) spent += parsePlur(cost);
      }
      return plur(spent);
    });
  }

  /** Call it in the transaction of the write. @throws AllocationChangedError */
  assertUnchanged(decidedAt: number): void {
    if (decidedAt !== this.#allocation) throw new AllocationChangedError(decidedAt, this.#allocation);
  }

  /** For each change that is written. */
  count(change: Change): void {
    if (isAllocation(change)) this.#allocation += 1;
  }
}

/** The next node by name that has orders: one search in the index `orders_planned`. */
const prepareNodeAbove = (client: Database.Database): Reads<{ node: string }, { node: string }> =>
  statementBuilder(client)
    .select({ node: orders.node })
    .from(orders)
    .where(sql`${orders.node} > ${compared('node')}`)
    .orderBy(sql`${orders.node} limit 1`)
    .prepare();
