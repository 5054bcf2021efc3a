import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { prepareStatements } from '../../src/store/sqlite/statements.ts';
import type { Store } from '../../src/store/store.ts';

/** In memory where there is such a place: the sync of every commit is the store's, and no part of what is tried here. */
const PLACE = process.platform === 'linux' ? '/dev/shm' : tmpdir();

/**
 * The SQLite file of a campaign, used for one seed after the other. The first opening is the service's own, with its
 * checks and migrations; later ones, unless `whole`, keep the connection, for they cost more than all the rest of a
 * seed. A process that dies here dies between two calls of the store, so that a new connection would find the same.
 */
export class ScratchFile implements AsyncDisposable {
  readonly #directory: string;
  readonly file: string;
  readonly #client: Database.Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** A connection of its own: it sees what is committed, and nothing else. */
  readonly reader: Database.Database;

  private constructor(directory: string, file: string) {
    this.#directory = directory;
    this.file = file;
    this.#client = new Database(file, { timeout: 0 });
    this.#client.pragma('journal_mode = WAL');
    this.#client.pragma('synchronous = FULL');
    this.#client.pragma('foreign_keys = ON');
    this.#statements = prepareStatements(drizzle(this.#client));
    this.reader = new Database(file, { readonly: true, timeout: 0 });
  }

  static async make(): Promise<ScratchFile> {
    const directory = mkdtempSync(join(PLACE, 'stamp-pool-simulation-'));
    const file = join(directory, 'stamp-pool.db');
    const store = await openSqliteStore({ file, busyTimeoutMs: 0 });
    await store[Symbol.asyncDispose]();
    return new ScratchFile(directory, file);
  }

  /** As it was when it was made. */
  empty(): void {
    if (this.#client.inTransaction) this.#client.exec('ROLLBACK');
    this.#client.exec(
      'BEGIN; DELETE FROM acquisitions; DELETE FROM stamps; DELETE FROM orders; DELETE FROM demand; COMMIT',
    );
  }

  /** `whole`: as the service opens it. */
  async open(newId: (at: Date) => string, whole: boolean): Promise<Store> {
    if (whole) return await openSqliteStore({ file: this.file, newId, busyTimeoutMs: 0 });
    if (this.#client.inTransaction) this.#client.exec('ROLLBACK'); // what a dying process leaves is rolled back
    const held = { [Symbol.dispose]: () => {} };
    return new SqliteStore({ client: this.#client, statements: this.#statements, newId, held });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reader.close();
    this.#client.close();
    rmSync(this.#directory, { recursive: true });
  }
}
