import { parsePlur } from '../../domain/units.ts';
import { StoreFailedError, StoreUnusableError } from '../store.ts';
import { copiedTables } from './copied-tables.ts';
import type { CopySide, CopyTable } from './copy-side.ts';

/** What was copied, as both databases have it. */
export interface CopySummary {
  /** By table, how many rows. */
  readonly rows: Readonly<Record<string, number>>;
  /** By state. */
  readonly stamps: Readonly<Record<string, Sum>>;
  readonly orders: Readonly<Record<string, Sum>>;
  readonly acquisitions: Sum;
}

/** `cost` in PLUR, a decimal string. */
export interface Sum {
  readonly count: number;
  readonly cost: string;
}

/**
 * Copies all rows in one transaction on the target, and compares both sides before it commits. So the target has
 * everything or nothing, also after a crash.
 * @throws StoreUnusableError if the target has rows.
 */
export async function copyStore(from: CopySide, to: CopySide): Promise<CopySummary> {
  const tables = copiedTables(await from.tables(), await to.tables());
  for (const table of tables) {
    if ((await to.count(table.name)) > 0)
      throw new StoreUnusableError(
        `${to.name} is not empty: ${table.name} has rows. It was not changed. Use an empty database, or another file.`,
      );
  }
  return await from.reading(async () => {
    const expected = await summaryOf(from, tables);
    return await to.writing(async () => {
      for (const table of tables) for await (const page of from.rows(table)) await to.insert(table, page);
      await to.afterCopy();
      const copied = await summaryOf(to, tables);
      if (JSON.stringify(copied) === JSON.stringify(expected)) return copied;
      throw new StoreFailedError(
        `the copy differs, and was undone: ${JSON.stringify(expected)} became ${JSON.stringify(copied)}`,
      );
    });
  });
}

async function summaryOf(side: CopySide, tables: readonly CopyTable[]): Promise<CopySummary> {
  const counts = [];
  for (const { name } of tables) counts.push([name, await side.count(name)] as const);
  const acquisitions = await sumsOf(side, { name: 'acquisitions', columns: ['cost'] });
  return {
    rows: Object.fromEntries(counts),
    stamps: await sumsOf(side, { name: 'stamps', columns: ['state', 'cost'] }),
    orders: await sumsOf(side, { name: 'orders', columns: ['state', 'cost'] }),
    acquisitions: acquisitions[''] ?? { count: 0, cost: '0' },
  };
}

/** By state, in their order. In bigint: a database's own sum may round. */
async function sumsOf(side: CopySide, table: CopyTable): Promise<Readonly<Record<string, Sum>>> {
  const sums = new Map<string, { count: number; cost: bigint }>();
  for await (const page of side.rows(table)) {
    for (const { state, cost } of page) {
      const sum = sums.get(String(state ?? '')) ?? { count: 0, cost: 0n };
      sums.set(String(state ?? ''), { count: sum.count + 1, cost: sum.cost + parsePlur(String(cost)) });
    }
  }
  const inOrder = [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    inOrder.map(([state, { count, cost }]) => [state, { count, cost: cost.toString() }]),
  );
}
