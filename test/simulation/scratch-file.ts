import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { releaseAll } from '../../src/store/sqlite/sqlite-lease-store.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { prepareStatements } from '../../src/store/sqlite/statements.ts';
import type { Store } from '../../src/store/store.ts';
import { Disk } from './disk.ts';
import { DatabaseTrouble, troubled } from './troubled-database.ts';

const REOPENED_EVERY = 50;
const EMPTY =
  'BEGIN; DELETE FROM acquisitions; DELETE FROM stamps; DELETE FROM orders; DELETE FROM nodes; DELETE FROM demand; DELETE FROM leases; DELETE FROM last_known; DELETE FROM over_transactions; DELETE FROM due_incidents; COMMIT';

/** The database file as one seed uses it. */
export interface SeedFile {
  readonly disk: Disk;
  readonly trouble: DatabaseTrouble;
  /** Called at each start of the process. */
  open(newId: (at: Date) => string): Promise<Store>;
  close(): void;
}

/** In memory where possible: the sync of a commit is not under test here. */
const PLACE = process.platform === 'linux' ? '/dev/shm' : tmpdir();

/**
 * The SQLite file of a campaign, used by one seed after the other. Opening and locking it as the service does costs as much as
 * the rest of a seed, so only every 50th seed does that, with a second connection for the checker and without database faults.
 * The other seeds share one connection. An open transaction of a dead process is rolled back as a new connection would, and the
 * checker fails when it finds a transaction open.
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

  /** The file for one seed, empty. */
  async use(seed: number): Promise<SeedFile> {
    if (seed % REOPENED_EVERY === 0) return await this.#reopened();
    if (this.#client.inTransaction) this.#client.exec('ROLLBACK');
    this.#client.exec(EMPTY);
    this.#trouble.calm();
    const held = { [Symbol.dispose]: () => {} };
    return {
      disk: this.#disk,
      trouble: this.#trouble,
      open: async (newId) => {
        if (this.#client.inTransaction) this.#client.exec('ROLLBACK'); // as SQLite does after a crash
        releaseAll(drizzle(this.#client)); // as opening the file does
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

  async #reopened(): Promise<SeedFile> {
    const file = join(this.#directory, 'reopened.db');
    rmSync(file, { force: true });
    const store = await openSqliteStore({ file, busyTimeoutMs: 0 });
    await store[Symbol.asyncDispose]();
    const reader = new Database(file, { readonly: true, timeout: 0 });
    return {
      disk: new Disk(reader, 'second'),
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
