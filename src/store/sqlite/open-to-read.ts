import Database from 'better-sqlite3';
import { type ReadableStore, StoreUnusableError } from '../store.ts';
import { assertMigrated } from './assert-migrated.ts';
import { assertFileNotCopied } from './copy-marks.ts';
import { realPathOf } from './real-path.ts';
import { SqliteStore } from './sqlite-store.ts';
import { statementBuilder } from './statement-builder.ts';
import { prepareStatements } from './statements.ts';

/** No commit is acknowledged, so the file need not be in place. */
const NEVER_WRITTEN = { assertInPlace: () => {}, assertHoldsCommits: () => {} };

/**
 * Opens the file beside the process that owns it. Takes no lock and writes nothing.
 * @throws StoreUnusableError if it is not a database of exactly this version.
 */
export function openSqliteStoreToRead(path: string): ReadableStore {
  const file = realPathOf(path);
  using opening = new DisposableStack();
  try {
    const client = opening.adopt(new Database(file, { readonly: true }), (db) => void db.close());
    assertMigrated(client);
    assertFileNotCopied(client);
    const statements = prepareStatements(statementBuilder(client));
    return new SqliteStore({
      client,
      statements,
      newId: () => '',
      files: NEVER_WRITTEN,
      held: opening.move(),
    });
  } catch (cause) {
    if (cause instanceof StoreUnusableError) throw cause;
    throw new StoreUnusableError(`${file} cannot be read as a database of this service: ${String(cause)}`, {
      cause,
    });
  }
}
