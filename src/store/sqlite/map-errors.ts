import Database from 'better-sqlite3';
import { StoreFailedError } from '../store.ts';

/** The result codes that blame the disk, the file or its other users; the rest blame us (sqlite.org/rescode.html). */
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

/** @throws StoreFailedError when the database is at fault. What else is thrown is a bug, or a cursor's, and passes. */
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
