import { sql } from 'drizzle-orm';
import { type Depth, depth } from '../../domain/units.ts';
import type { HistoryRange, HistoryRow, HistoryStore, HistoryWrite } from '../history-store.ts';
import {
  historyFromRow,
  type RangeValues,
  rowFromHistory,
  type StoredHistoryRow,
  valuesOfRange,
} from '../rows/history-row.ts';
import { columnsOf, wholeRow } from './columns-of.ts';
import type { Database } from './database.ts';
import { history, historyVersion } from './history-schema.ts';
import { demand } from './schema.ts';
import { given, statement } from './statement.ts';

/** The history in PostgreSQL. */
export class PostgresHistoryStore implements HistoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async rows(range: HistoryRange): Promise<readonly HistoryRow[]> {
    return (await rowsWithin(this.#database, valuesOfRange(range))).map(historyFromRow);
  }

  async depths(): Promise<readonly Depth[]> {
    return (await allDepths(this.#database, {})).map((row) => depth(row.depth));
  }

  async lastSampledAt(before: Date): Promise<Date | null> {
    const [row] = await lastSampled(this.#database, { beforeMs: before.getTime() });
    return row && row.at !== null ? new Date(row.at) : null;
  }

  async version(): Promise<number> {
    return (await readVersion(this.#database, {}))[0]?.version ?? 0;
  }

  async write(rows: readonly HistoryRow[], { kept, demandFrom, version }: HistoryWrite): Promise<boolean> {
    return await this.#database.transact(async (transaction) => {
      const [isCurrent] = await takeVersion(transaction, { version });
      if (!isCurrent) return false;
      for (const row of rows) void transaction.send(save, rowFromHistory(row));
      for (const range of kept) void transaction.send(prune, valuesOfRange(range));
      void transaction.send(forgetDemand, { beforeMs: demandFrom.getTime() });
      return true;
    });
  }
}

const rowsWithin = statement<RangeValues, StoredHistoryRow>(
  'history-rows',
  sql`select ${columnsOf(history)} from ${history}
    where step_seconds = ${given('stepSeconds')} and at between ${given('fromMs')} and ${given('toMs')}
    order by at, depth`,
);
const allDepths = statement<object, { depth: number }>(
  'history-depths',
  sql`select distinct depth from ${history} order by depth`,
);
const lastSampled = statement<{ beforeMs: number }, { at: number | null }>(
  'history-last-sampled',
  sql`select max(at) as at from ${history} where available is not null and at <= ${given('beforeMs')}`,
);
const readVersion = statement<object, { version: number }>(
  'history-version',
  sql`select version from ${historyVersion}`,
);
/** Waits for a replica that is writing. Returns no row if it has written since `version` was read. */
const takeVersion = statement<{ version: number }, { version: number }>(
  'history-take-version',
  sql`insert into ${historyVersion} (id, version) values (1, 1)
    on conflict (id) do update set version = ${historyVersion.version} + 1
    where ${historyVersion.version} = ${given('version')} returning version`,
);
const save = statement<StoredHistoryRow>(
  'history-save',
  sql`insert into ${history} ${wholeRow(history)} on conflict (step_seconds, at, depth) do update
    set available = excluded.available, target = excluded.target, acquired = excluded.acquired, refused = excluded.refused`,
);
const prune = statement<RangeValues>(
  'history-prune',
  sql`delete from ${history}
    where step_seconds = ${given('stepSeconds')} and at not between ${given('fromMs')} and ${given('toMs')}`,
);
const forgetDemand = statement<{ beforeMs: number }>(
  'history-forget-demand',
  sql`delete from ${demand} where hour < ${given('beforeMs')}`,
);
