import { existsSync } from 'node:fs';
import type { OpenedStore, ReadableStore, Store } from './store.ts';
import type { OpenedTokens } from './token-store.ts';

/** Which database, and how it is reached. */
export type Database =
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'postgres'; readonly url: { reveal(): string } };

/** Opens the store for the service, and brings the database up to date. @throws StoreUnusableError */
export async function openStore(database: Database, options: SqliteOptions = {}): Promise<Store> {
  if (database.engine === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/open.ts');
    return await openSqliteStore({ file: database.file, ...options });
  }
  const { openPostgresStore } = await import('./postgres/open.ts');
  return await openPostgresStore({ url: database.url.reveal() });
}

interface SqliteOptions {
  /** How long to wait for another process that holds the file. */
  readonly busyTimeoutMs?: number;
}

/** A service that is stopping releases its lock within this time. */
export const RELEASED_WITHIN_MS = 1000;

/** The same for a command that must not run beside the service. @throws StoreInUseError */
export async function openStoreAlone(database: Database): Promise<OpenedStore> {
  if (database.engine === 'postgres') {
    const { openPostgresStoreAlone } = await import('./postgres/open.ts');
    return await openPostgresStoreAlone({ url: database.url.reveal() });
  }
  const store = await openStore(database, { busyTimeoutMs: RELEASED_WITHIN_MS }); // an SQLite file has a lock
  return { store, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/** Opens the store beside the service. Takes no lock, and writes nothing. @throws StoreUnusableError */
export async function openStoreToRead(database: Database): Promise<ReadableStore> {
  if (database.engine === 'sqlite') {
    const { openSqliteStoreToRead } = await import('./sqlite/open-to-read.ts');
    return openSqliteStoreToRead(database.file);
  }
  const { openPostgresStoreToRead } = await import('./postgres/open.ts');
  return await openPostgresStoreToRead({ url: database.url.reveal() });
}

/** Opens the tokens for a command, whether the service runs or not. @throws StoreUnusableError */
export async function openTokens(database: Database): Promise<OpenedTokens> {
  if (database.engine === 'postgres') return await openStore(database);
  const { openSqliteTokens } = await import('./sqlite/open-tokens.ts');
  return await openSqliteTokens(database.file);
}

/** The file, if it does not exist yet; null otherwise. */
export const missingFile = (database: Database): string | null =>
  database.engine === 'sqlite' && !existsSync(database.file) ? database.file : null;
