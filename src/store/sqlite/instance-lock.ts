import Database from 'better-sqlite3';
import { StoreInUseError, StoreUnusableError } from '../store.ts';
import { describeCause } from './describe-cause.ts';

/**
 * The locks of this process. They are held here for nobody to read: a connection that nothing refers to is closed by
 * the garbage collector, and the file would be free while its owner lives.
 */
const held = new Set<Database.Database>();

/**
 * One process per file: an exclusive lock on `<file>.lock`, an empty SQLite file. The operating system lets go of it when
 * the process dies, however it dies; readers of the store (the sqlite3 shell, a backup) are not hindered.
 * The file stays, for removing it would race with the next instance. POSIX drops the locks of a process when it closes
 * any descriptor of the file: nothing else here may open it.
 *
 * @throws StoreUnusableError when another instance has it.
 */
export function lockInstance(file: string, busyTimeoutMs: number): Disposable {
  const lock = openLock(`${file}.lock`, busyTimeoutMs);
  try {
    lock.pragma('journal_mode = MEMORY'); // nothing is ever written: no journal beside it
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (isBusy(cause)) {
      throw new StoreInUseError(
        `${file} is in use by another instance of this service. Stop that one, or give this one a DATABASE_URL of its own.`,
        { cause },
      );
    }
    throw new StoreUnusableError(
      `${file}.lock cannot be locked: ${describeCause(cause)}. When no instance runs, remove it; it must be on a local file system.`,
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
      `${path} cannot be made (${describeCause(cause)}). Let this process write to its directory.`,
      {
        cause,
      },
    );
  }
}
