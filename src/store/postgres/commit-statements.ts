import { sql } from 'drizzle-orm';
import { isLiveState, type StampRecord } from '../../domain/stamp.ts';
import type { DemandRow } from '../rows/demand-row.ts';
import { poolRevision, stockCounts } from './counter-schema.ts';
import { insertRows, jsonRows } from './json-rows.ts';
import { notifyCommit } from './notification.ts';
import { demand } from './schema.ts';
import { statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/** A stamp that a transaction writes. `before`: undefined if there was no row. */
export interface StampMove {
  readonly before: StampRecord | undefined;
  readonly after: StampRecord;
}

interface CommitParts {
  readonly moves: readonly StampMove[];
  readonly demand: readonly DemandRow[];
  /** The process that commits: it does not need the notification. */
  readonly from: string;
}

/**
 * Sends what ends a transaction that can change the stock, and returns its number. The row of the number stays locked until
 * the commit, so what is sent after it, such as the counts, needs no lock of its own.
 */
export function numberCommit(
  transaction: Transaction,
  { moves, demand: demanded, from }: CommitParts,
): Promise<number> {
  const numbered = transaction.send(takeRevision, {});
  const counts = countsOf(moves);
  if (counts.length > 0) void transaction.send(addToCounts, { rows: jsonRows(stockCounts, counts) });
  if (demanded.length > 0) void transaction.send(addDemand, { rows: jsonRows(demand, demanded) });
  void transaction.send(notify, { from });
  const revision = numbered.then(([row]) => {
    if (row) return row.revision;
    throw new TypeError('pool_revision has no row');
  });
  revision.catch(ignore); // the commit fails, too
  return revision;
}

const ignore = (): void => {};

/** By how much each group of live stamps grows. */
function countsOf(moves: readonly StampMove[]): readonly CountRow[] {
  const counts = new Map<string, CountRow>();
  const add = (stamp: StampRecord, by: number): void => {
    const { node, depth, state, withheld, retiredAddress } = stamp;
    if (!isLiveState(state) || retiredAddress !== null) return;
    const key = JSON.stringify([node, depth, state, withheld]);
    counts.set(key, { node, depth, state, withheld, count: (counts.get(key)?.count ?? 0) + by });
  };
  for (const { before, after } of moves) {
    if (before) add(before, -1);
    add(after, 1);
  }
  return [...counts.values()].filter(({ count }) => count !== 0);
}

type CountRow = typeof stockCounts.$inferSelect;

const takeRevision = statement<object, { revision: number }>(
  'take-revision',
  sql`update ${poolRevision} set revision = ${poolRevision.revision} + 1 returning ${poolRevision.revision} as revision`,
);

const addToCounts = statement<{ readonly rows: string }>(
  'add-to-counts',
  sql`${insertRows(stockCounts)} on conflict (node, depth, state, withheld) do update set count = ${stockCounts.count} + excluded.count`,
);

const addDemand = statement<{ readonly rows: string }>(
  'add-demand',
  sql`${insertRows(demand)} on conflict (hour, depth, outcome) do update set count = ${demand.count} + excluded.count`,
);

const notify = statement<{ readonly from: string }>(
  'notify-commit',
  sql`select ${notifyCommit(sql`${poolRevision.revision}`)} from ${poolRevision}`,
);
