import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { CopyDirection, CopyMark } from '../copy-mark.ts';
import { RELEASED_WITHIN_MS } from '../open-store.ts';
import { readCopyMark, removeCopyMark, writeCopyMark } from '../sqlite/copy-marks.ts';
import { askDatabase } from '../sqlite/map-errors.ts';
import { openSqliteFile } from '../sqlite/open-file.ts';
import type { CopyRow, CopySide, CopyTable, SideTable } from './copy-side.ts';

const PAGE_ROWS = 500;

/** Opens the file alone, and brings it up to date. @throws StoreUnusableError */
export function openSqliteSide(file: string): CopySide {
  return new SqliteSide(openSqliteFile({ file, busyTimeoutMs: RELEASED_WITHIN_MS }));
}

class SqliteSide implements CopySide {
  readonly name: string;
  readonly #client: Database.Database;
  readonly #opened: Disposable;

  constructor(opened: ReturnType<typeof openSqliteFile>) {
    this.name = opened.file;
    this.#client = opened.client;
    this.#opened = opened;
  }

  async tables(): Promise<readonly SideTable[]> {
    return this.#textsOf(TABLES).map((name) => ({
      name,
      columns: this.#textsOf('SELECT name FROM pragma_table_info(?)', name),
      references: this.#textsOf('SELECT "table" FROM pragma_foreign_key_list(?)', name),
    }));
  }

  async count(table: string): Promise<number> {
    return z.number().parse(this.#client.prepare(`SELECT count(*) FROM "${table}"`).pluck().get());
  }

  async *rows({ name, columns }: CopyTable): AsyncIterable<readonly CopyRow[]> {
    let page: CopyRow[] = [];
    for (const row of this.#client.prepare(`SELECT ${quoted(columns)} FROM "${name}"`).iterate()) {
      page.push(rowSchema.parse(row));
      if (page.length < PAGE_ROWS) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  async insert({ name, columns }: CopyTable, rows: readonly CopyRow[]): Promise<void> {
    const derived = DERIVED[name] ?? {};
    const values = [...columns.map((column) => `@${column}`), ...Object.values(derived)].join(', ');
    const names = quoted([...columns, ...Object.keys(derived)]);
    const insert = this.#client.prepare(`INSERT INTO "${name}" (${names}) VALUES (${values})`);
    askDatabase(() => {
      for (const row of rows) insert.run(row);
    });
  }

  async afterCopy(): Promise<void> {}

  async readMark(direction: CopyDirection): Promise<CopyMark | null> {
    return readCopyMark(this.#client, direction);
  }

  async writeMark(direction: CopyDirection, mark: CopyMark): Promise<void> {
    askDatabase(() => writeCopyMark(this.#client, direction, mark));
  }

  async removeMark(direction: CopyDirection): Promise<void> {
    askDatabase(() => removeCopyMark(this.#client, direction));
  }

  async reading<Result>(work: () => Promise<Result>): Promise<Result> {
    return await work(); // no other process writes
  }

  async writing<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#client.exec('BEGIN IMMEDIATE');
    try {
      const result = await work();
      askDatabase(() => this.#client.exec('COMMIT'));
      return result;
    } finally {
      if (this.#client.inTransaction) this.#client.exec('ROLLBACK');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened[Symbol.dispose]();
  }

  #textsOf(statement: string, ...values: readonly string[]): readonly string[] {
    return z.array(z.string()).parse(
      this.#client
        .prepare(statement)
        .pluck()
        .all(...values),
    );
  }
}

const TABLES = `SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '__drizzle_migrations' ORDER BY name`;

/** The columns that only SQLite has, by table, from the other columns of the row. */
const DERIVED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stamps: { number: '(SELECT coalesce(max(number), 0) + 1 FROM stamps)' },
  acquisitions: { stamp_number: '(SELECT number FROM stamps WHERE batch_id = @batch_id)' },
};

const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

const quoted = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(', ');
