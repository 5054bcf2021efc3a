import type { CopyDirection, CopyMark } from '../copy-mark.ts';

/** A table, with the columns that are copied. */
export interface CopyTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** A table of one database. */
export interface SideTable extends CopyTable {
  /** The tables that its foreign keys refer to. */
  readonly references: readonly string[];
}

/** As SQLite has them: a boolean is 0 or 1, money is a decimal string. */
export type CopyRow = Readonly<Record<string, string | number | null>>;

/** A database that is copied from or to. While it is open, no service can start on it. */
export interface CopySide extends AsyncDisposable {
  /** For messages. It has no password. */
  readonly name: string;
  tables(): Promise<readonly SideTable[]>;
  count(table: string): Promise<number>;
  /** In pages. Call it within `reading` or `writing`. */
  rows(table: CopyTable): AsyncIterable<readonly CopyRow[]>;
  insert(table: CopyTable, rows: readonly CopyRow[]): Promise<void>;
  /** Writes what this database derives from the rows. */
  afterCopy(): Promise<void>;
  readMark(direction: CopyDirection): Promise<CopyMark | null>;
  /** Replaces the last one of the same direction. */
  writeMark(direction: CopyDirection, mark: CopyMark): Promise<void>;
  removeMark(direction: CopyDirection): Promise<void>;
  /** All reads within `work` see the same commits. */
  reading<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Everything that `work` writes is committed when this resolves; nothing if it rejects. */
  writing<Result>(work: () => Promise<Result>): Promise<Result>;
}
