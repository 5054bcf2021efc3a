import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { AFTER_ALL } from '../page.ts';
import { type Store, StoreUnusableError } from '../store.ts';
import { timeOrderedIds } from '../time-ordered-ids.ts';
import { describeCause } from './describe-cause.ts';
import { lockInstance } from './instance-lock.ts';
import { MIGRATIONS, migrationHashes } from './migrations.ts';
import { rememberOpenFiles } from './open-files.ts';
import { setPragmas } from './pragmas.ts';
import { realPathOf } from './real-path.ts';
import { releaseAll } from './sqlite-lease-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import { statementBuilder } from './statement-builder.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { assertOurs, assertWritable } from './validate-file.ts';

export interface SqliteStoreOptions {
  /** The database file. It and its directory are created if missing. */
  readonly file: string;
  /** Makes the ids of acquisitions, UUIDv7 that grow. Default: from the given time and random bits. */
  readonly newId?: (at: Date) => string;
  /** How long to wait for another process that holds the file. Default: 5 seconds. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens the store and migrates its file. A rejected file is left unchanged, byte for byte.
 *
 * @throws StoreUnusableError if the file is in use, damaged, read-only, of another program or of a newer version.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { busyTimeoutMs = 5_000 } = options;
  const file = realPathOf(options.file);
  assertWritable(file);
  using opening = new DisposableStack(); // closes what is open if a later step fails
  opening.use(lockInstance(file, busyTimeoutMs));
  assertOurs(file, migrationHashes());
  try {
    const client = opening.adopt(new Database(file, { timeout: busyTimeoutMs }), (db) => void db.close());
    client.exec('BEGIN IMMEDIATE; ROLLBACK'); // fails if the file cannot be written now
    setPragmas(client);
    const db = drizzle(client);
    migrate(db, MIGRATIONS);
    releaseAll(db);
    const statements = prepareStatements(statementBuilder(client));
    const newId = options.newId ?? timeOrderedIds(newestId(statements)); // a read: now the write-ahead log and its index are open too
    const files = rememberOpenFiles([
      { path: resolve(options.file), role: 'database file' }, // as configured: a link may lead to another file by now
      { path: `${file}-wal`, role: 'write-ahead log' },
      { path: `${file}-shm`, role: 'index of the write-ahead log' },
      { path: `${file}.lock`, role: 'lock file' },
    ]);
    return new SqliteStore({ client, statements, newId, files, held: opening.move() });
  } catch (cause) {
    if (cause instanceof StoreUnusableError) throw cause;
    throw new StoreUnusableError(`${file} cannot be used: ${describe(cause)}`, { cause });
  }
}

const newestId = ({ acquisitionsPage }: Statements): string | null =>
  acquisitionsPage.get({ beforeId: AFTER_ALL, limit: 1 })?.id ?? null;

function describe(error: unknown): string {
  const cause = sqliteErrorIn(error);
  if (cause === null) return describeCause(error);
  if (cause.code.startsWith('SQLITE_BUSY'))
    return 'another process is writing to it. Wait for that process, or stop it.';
  if (cause.code.startsWith('SQLITE_READONLY')) return 'it is read-only. Give this process write access.';
  if (cause.code.startsWith('SQLITE_FULL')) return 'the disk is full. Free some space.';
  return `${describeCause(cause)}. Check the disk and the permissions of the file.`;
}

/** Drizzle's migrator wraps the error of SQLite. */
function sqliteErrorIn(error: unknown): InstanceType<typeof Database.SqliteError> | null {
  if (error instanceof Database.SqliteError) return error;
  return error instanceof Error && error.cause !== undefined ? sqliteErrorIn(error.cause) : null;
}
