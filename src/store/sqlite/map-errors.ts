import Database from 'better-sqlite3';
import { StoreFailedError } from '../store.ts';

/** Result codes for faults of the disk, the file or its other users; the others are bugs (sqlite.org/rescode.html). */
const AT_FAULT = [
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_LOCKED',
  'SQLITE_NOMEM',
  'SQLITE_NOTADB',
  'SQLITE_PERM',
  'SQLITE_PROTOCOL',
  'SQLITE_READONLY',
];

/** @throws StoreFailedError if the database is at fault. Other errors, such as bugs, pass unchanged. */
export function askDatabase<Answer>(ask: () => Answer): Answer {
  try {
    return ask();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    const { code, message } = cause;
    if (!AT_FAULT.some((primary) => code === primary || code.startsWith(`${primary}_`))) throw cause;
    throw new StoreFailedError(`${message} (${code})`, { cause });
  }
}
