// This folder copies the state from one database into another, as "stamp-pool migrate" does.
import { messageOf } from '../../domain/message-of.ts';
import { parsePlur } from '../../domain/units.ts';
import type { CopyMark } from '../copy-mark.ts';
import { StoreFailedError, StoreUnusableError } from '../store.ts';
import { copiedTables } from './copied-tables.ts';
import type { CopySide, CopyTable } from './copy-side.ts';
import { Fingerprint } from './fingerprint.ts';

/** What was copied, as both databases have it. */
interface CopySummary {
  /** By table, how many rows. */
  readonly rows: Readonly<Record<string, number>>;
  /** By state. */
  readonly stamps: Readonly<Record<string, Sum>>;
  readonly orders: Readonly<Record<string, Sum>>;
  readonly acquisitions: Sum;
}

export interface Copied extends CopySummary {
  /** An earlier call made the copy, and was broken off before it marked the source. */
  readonly finishedEarlier: boolean;
}

/** `cost` in PLUR, a decimal string. */
export interface Sum {
  readonly count: number;
  readonly cost: string;
}

/**
 * Copies all rows in one transaction on the target, and compares both sides before it commits. So the target has
 * everything or nothing, also after a crash. Then it marks the source, so that no service starts on it.
 * @throws StoreUnusableError if the target has rows.
 */
export async function copyStore(from: CopySide, to: CopySide, at: Date): Promise<Copied> {
  const tables = copiedTables(await from.tables(), await to.tables());
  const occupied = await firstWithRows(to, tables);
  if (occupied !== null) return await finishEarlier({ from, to, tables, occupied });
  const { fingerprint, summary } = await copyRows({ from, to, tables, at });
  await markSource(from, { database: to.name, at, fingerprint });
  return { ...summary, finishedEarlier: false };
}

async function firstWithRows(side: CopySide, tables: readonly CopyTable[]): Promise<string | null> {
  for (const { name } of tables) if ((await side.count(name)) > 0) return name;
  return null;
}

/** The target may be a finished copy of this source, which could not be marked any more. */
async function finishEarlier({ from, to, tables, occupied }: Occupied): Promise<Copied> {
  const copy = (await from.readMark('to')) === null ? await to.readMark('from') : null;
  if (copy === null || copy.fingerprint !== (await fingerprintOf(from, tables)))
    throw new StoreUnusableError(
      `${to.name} is not empty: ${occupied} has rows. It was not changed. Use an empty database, or another file.`,
    );
  await markSource(from, { ...copy, database: to.name });
  const summary = await from.reading(async () => await summaryOf(from, tables));
  return { ...summary, finishedEarlier: true };
}

async function markSource(from: CopySide, mark: CopyMark): Promise<void> {
  try {
    await from.writeMark('to', mark);
  } catch (cause) {
    throw new StoreFailedError(
      `the copy is complete, but ${from.name} could not be marked as copied, so that a service could still start on it. Run the command again. ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function fingerprintOf(side: CopySide, tables: readonly CopyTable[]): Promise<string> {
  return await side.reading(async () => {
    const fingerprint = new Fingerprint();
    for (const table of tables) for await (const page of side.rows(table)) fingerprint.add(table, page);
    return fingerprint.text;
  });
}

interface Sides {
  readonly from: CopySide;
  readonly to: CopySide;
  readonly tables: readonly CopyTable[];
}

interface Occupied extends Sides {
  readonly occupied: string;
}

async function copyRows({ from, to, tables, at }: Sides & { readonly at: Date }) {
  return await from.reading(async () => {
    const expected = await summaryOf(from, tables);
    return await to.writing(async () => {
      const rows = new Fingerprint();
      for (const table of tables)
        for await (const page of from.rows(table)) {
          rows.add(table, page);
          await to.insert(table, page);
        }
      await to.afterCopy();
      const [copied, fingerprint] = [await summaryOf(to, tables), rows.text];
      await to.writeMark('from', { database: from.name, at, fingerprint });
      if (JSON.stringify(copied) === JSON.stringify(expected)) return { summary: copied, fingerprint };
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
