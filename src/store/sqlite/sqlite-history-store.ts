import type Database from 'better-sqlite3';
import { type Depth, depth } from '../../domain/units.ts';
import type { HistoryRange, HistoryRow, HistoryStore, HistoryWrite } from '../history-store.ts';
import { historyFromRow, rowFromHistory, valuesOfRange } from '../rows/history-row.ts';
import { type HistoryStatements, prepareHistory } from './history-statements.ts';
import type { Transact } from './in-transaction.ts';
import { askDatabase } from './map-errors.ts';
import { statementBuilder } from './statement-builder.ts';

/** The history in an SQLite file whose migrations have been applied. */
export class SqliteHistoryStore implements HistoryStore {
  readonly #transact: Transact;
  readonly #statements: HistoryStatements;
  /** Counted in memory: only this process writes the file. */
  #version = 0;

  constructor(client: Database.Database, transact: Transact) {
    this.#transact = transact;
    this.#statements = prepareHistory(statementBuilder(client));
  }

  async rows(range: HistoryRange): Promise<readonly HistoryRow[]> {
    return askDatabase(() => this.#statements.rows.all(valuesOfRange(range))).map(historyFromRow);
  }

  async depths(): Promise<readonly Depth[]> {
    return askDatabase(() => this.#statements.depths.all({})).map((row) => depth(row.depth));
  }

  async lastSampledAt(before: Date): Promise<Date | null> {
    const at = askDatabase(() => this.#statements.lastSampled.get({ beforeMs: before.getTime() }))?.at;
    return typeof at === 'number' ? new Date(at) : null;
  }

  async version(): Promise<number> {
    return this.#version;
  }

  async write(rows: readonly HistoryRow[], { kept, demandFrom, version }: HistoryWrite): Promise<boolean> {
    if (version !== this.#version) return false;
    const { save, prune, forgetDemand } = this.#statements;
    this.#transact(() => {
      for (const row of rows) save.run(rowFromHistory(row));
      for (const range of kept) prune.run(valuesOfRange(range));
      forgetDemand.run({ beforeMs: demandFrom.getTime() });
    });
    this.#version += 1;
    return true;
  }
}
