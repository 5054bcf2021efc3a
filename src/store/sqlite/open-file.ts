import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';
import { lockInstance } from './instance-lock.ts';
import { MIGRATIONS, migrationHashes } from './migrations.ts';
import { setPragmas } from './pragmas.ts';
import { realPathOf } from './real-path.ts';
import { assertOurs, assertWritable } from './validate-file.ts';

export interface SqliteFileOptions {
  /** The database file. It and its directory are created if missing. */
  readonly file: string;
  /** How long to wait for another process that holds the file. Default: 5 seconds. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens the file alone, and migrates it. A rejected file is left unchanged, byte for byte. Disposing closes it.
 *
 * @throws StoreUnusableError if the file is in use, damaged, read-only, of another program or of a newer version.
 */
export function openSqliteFile({ busyTimeoutMs = 5_000, ...options }: SqliteFileOptions) {
  const file = realPathOf(options.file);
  assertWritable(file);
  using opening = new DisposableStack(); // closes what is open if a later step fails
  opening.use(lockInstance(file, busyTimeoutMs));
  const hashes = migrationHashes();
  const applied = orUnusable(file, () => assertOurs(file, hashes));
  return orUnusable(file, () => {
    const client = opening.adopt(new Database(file, { timeout: busyTimeoutMs }), (open) => void open.close());
    client.exec('BEGIN IMMEDIATE; ROLLBACK'); // fails if the file cannot be written now
    setPragmas(client);
    const db = drizzle(client);
    if (!hashes.isSubsetOf(applied)) migrate(db, MIGRATIONS); // which reads all migrations again
    const held = opening.move();
    return { file, client, db, [Symbol.dispose]: () => held.dispose() };
  });
}

/** Returns what `open` returns. @throws StoreUnusableError if that fails. */
export function orUnusable<Opened>(file: string, open: () => Opened): Opened {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof StoreUnusableError) throw cause;
    throw new StoreUnusableError(`${file} cannot be used: ${describe(cause)}`, { cause });
  }
}

function describe(error: unknown): string {
  const cause = sqliteErrorIn(error);
  if (cause === null) return describeCause(error);
  if (cause.code.startsWith('SQLITE_BUSY'))
    return 'another process is writing to it. Wait for that process, or stop it.';
  if (cause.code.startsWith('SQLITE_READONLY')) return 'it is read-only. Give this process write access.';
  if (cause.code.startsWith('SQLITE_FULL')) return 'the disk is full. Free some space.';
  return `${describeCause(cause)}. Check the disk, its free space, and the permissions of the file.`;
}

/** Drizzle's migrator wraps the error of SQLite. */
function sqliteErrorIn(error: unknown): InstanceType<typeof Database.SqliteError> | null {
  if (error instanceof Database.SqliteError) return error;
  return error instanceof Error && error.cause !== undefined ? sqliteErrorIn(error.cause) : null;
}
