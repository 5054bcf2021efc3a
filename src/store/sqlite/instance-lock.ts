import Database from 'better-sqlite3';
import { StoreInUseError, StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';

/** Keeps the lock connections reachable: a garbage-collected connection would release its lock. */
const held = new Set<Database.Database>();

/**
 * One service per file: an exclusive lock on `<file>.lock`, an empty SQLite file. The operating system releases it when the
 * process ends in any way. Readers of the store (the sqlite3 shell, a backup) are not blocked. The lock file is not removed,
 * because that would race with the next instance. POSIX releases the locks of a process when it closes any descriptor of
 * the file, so nothing else in the process may open it.
 *
 * @throws StoreInUseError if another instance holds the lock, or StoreUnusableError.
 */
export function lockInstance(file: string, busyTimeoutMs: number): Disposable {
  const lock = openLock(`${file}.lock`, busyTimeoutMs);
  try {
    lock.pragma('journal_mode = MEMORY'); // no journal file: nothing is ever written
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (isBusy(cause)) {
      throw new StoreInUseError(
        `${file} is in use by another instance of this service. Stop the other instance, or set another DATABASE_URL for this one.`,
        { cause },
      );
    }
    throw new StoreUnusableError(
      `${file}.lock cannot be locked: ${describeCause(cause)}. Put it on a local file system. If no instance runs, remove it.`,
      { cause },
    );
  }
  held.add(lock);
  return {
    [Symbol.dispose]: () => {
      held.delete(lock);
      lock.close();
    },
  };
}

const isBusy = (cause: unknown): boolean =>
  cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');

function openLock(path: string, timeout: number): Database.Database {
  try {
    return new Database(path, { timeout });
  } catch (cause) {
    throw new StoreUnusableError(
      `${path} cannot be created (${describeCause(cause)}). Give this process write access to its directory.`,
      {
        cause,
      },
    );
  }
}
