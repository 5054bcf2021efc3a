import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { prepareStatements } from '../../src/store/sqlite/statements.ts';
import type { Store } from '../../src/store/store.ts';
import { Disk } from './disk.ts';
import { DatabaseTrouble, troubled } from './troubled-database.ts';

const WHOLE_EVERY = 50;
const EMPTY =
  'BEGIN; DELETE FROM acquisitions; DELETE FROM stamps; DELETE FROM orders; DELETE FROM nodes; DELETE FROM demand; COMMIT';

/** The database file as one seed has it. */
export interface SeedFile {
  readonly disk: Disk;
  readonly trouble: DatabaseTrouble;
  /** At each start of the process. */
  open(newId: (at: Date) => string): Promise<Store>;
  close(): void;
}

/** In memory where there is such a place: the sync of every commit is the store's, and no part of what is tried here. */
const PLACE = process.platform === 'linux' ? '/dev/shm' : tmpdir();

/**
 * The SQLite file of a campaign, used for one seed after the other. Opening it as the service does, with its checks,
 * and locking it at each statement, cost as much as all the rest of a seed; so that is done in every 50th seed, there
 * with a connection of the checker's own, and without trouble. In the others one connection is kept: what a process that
 * dies in a transaction leaves behind is rolled back in it as it would be in a new one, and a look that finds a
 * transaction open fails.
 */
export class ScratchFile implements AsyncDisposable {
  readonly #directory: string;
  readonly file: string;
  readonly #client: Database.Database;
  readonly #trouble = new DatabaseTrouble({ attached: true });
  readonly #troubled: Database.Database;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #disk: Disk;

  private constructor(directory: string, file: string) {
    this.#directory = directory;
    this.file = file;
    this.#client = new Database(file, { timeout: 0 });
    this.#client.pragma('locking_mode = EXCLUSIVE');
    this.#client.pragma('journal_mode = WAL');
    this.#client.pragma('synchronous = FULL');
    this.#client.pragma('foreign_keys = ON');
    this.#troubled = troubled(this.#client, this.#trouble);
    this.#statements = prepareStatements(drizzle(this.#troubled));
    this.#disk = new Disk(this.#client, 'of the service');
  }

  static async make(): Promise<ScratchFile> {
    const directory = mkdtempSync(join(PLACE, 'stamp-pool-simulation-'));
    const file = join(directory, 'stamp-pool.db');
    const store = await openSqliteStore({ file, busyTimeoutMs: 0 });
    await store[Symbol.asyncDispose]();
    return new ScratchFile(directory, file);
  }

  /** For one seed, empty. */
  async use(seed: number): Promise<SeedFile> {
    if (seed % WHOLE_EVERY === 0) return await this.#whole();
    if (this.#client.inTransaction) this.#client.exec('ROLLBACK');
    this.#client.exec(EMPTY);
    this.#trouble.calm();
    const held = { [Symbol.dispose]: () => {} };
    return {
      disk: this.#disk,
      trouble: this.#trouble,
      open: async (newId) => {
        if (this.#client.inTransaction) this.#client.exec('ROLLBACK'); // what a dying process leaves is rolled back
        return new SqliteStore({
          client: this.#troubled,
          statements: this.#statements,
          newId,
          files: this.#trouble,
          held,
        });
      },
      close: () => {},
    };
  }

  async #whole(): Promise<SeedFile> {
    const file = join(this.#directory, 'whole.db');
    rmSync(file, { force: true });
    const store = await openSqliteStore({ file, busyTimeoutMs: 0 });
    await store[Symbol.asyncDispose]();
    const reader = new Database(file, { readonly: true, timeout: 0 });
    return {
      disk: new Disk(reader, 'beside it'),
      trouble: new DatabaseTrouble({ attached: false }),
      open: (newId) => openSqliteStore({ file, newId, busyTimeoutMs: 0 }),
      close: () => void reader.close(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    rmSync(this.#directory, { recursive: true });
  }
}
