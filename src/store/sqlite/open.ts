// This folder keeps the state in one SQLite file: the schema, the statements, and the adapters of the ports in src/store.
import { resolve } from 'node:path';
import { AFTER_ALL } from '../page.ts';
import type { Store } from '../store.ts';
import { timeOrderedIds } from '../time-ordered-ids.ts';
import { assertFileNotCopied } from './copy-marks.ts';
import { openSqliteFile, orUnusable, type SqliteFileOptions } from './open-file.ts';
import { rememberOpenFiles } from './open-files.ts';
import { releaseAll } from './sqlite-lease-store.ts';
import { SqliteStore } from './sqlite-store.ts';
import { statementBuilder } from './statement-builder.ts';
import { prepareStatements, type Statements } from './statements.ts';

export interface SqliteStoreOptions extends SqliteFileOptions {
  /** Makes the ids of acquisitions, UUIDv7 that grow. Default: from the given time and random bits. */
  readonly newId?: (at: Date) => string;
}

/** Opens the store and migrates its file. @throws StoreUnusableError, as openSqliteFile does, and if the file was copied to another database. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  using opening = new DisposableStack(); // closes what is open if a later step fails
  const { file, client, db } = opening.use(openSqliteFile(options));
  return orUnusable(file, () => {
    assertFileNotCopied(client);
    releaseAll(db);
    const statements = prepareStatements(statementBuilder(client));
    const newId = options.newId ?? timeOrderedIds(newestId(statements)); // a read: now the write-ahead log and its index are open too
    const files = opening.use(
      rememberOpenFiles([
        { path: resolve(options.file), role: 'database file', holdsCommits: true }, // as configured: a link may lead to another file by now
        { path: `${file}-wal`, role: 'write-ahead log', holdsCommits: true, isLog: true },
        { path: `${file}-shm`, role: 'index of the write-ahead log', holdsCommits: false },
        { path: `${file}.lock`, role: 'lock file', holdsCommits: false },
      ]),
    );
    return new SqliteStore({ client, statements, newId, files, held: opening.move() });
  });
}

const newestId = ({ acquisitionsPage }: Statements): string | null =>
  acquisitionsPage.get({ beforeId: AFTER_ALL, limit: 1 })?.id ?? null;
