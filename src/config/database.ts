import { pathOfFileUrl } from './file-url.ts';
import { PostgresUrl } from './postgres-url.ts';
import { textOrRangeError } from './setting-text.ts';

/** Where the state of the pool is. */
export type DatabaseConfig =
  /** `file`: a path, relative to the working directory or absolute. */
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'postgres'; readonly url: PostgresUrl };

/**
 * "file:data/stamp-pool.db": the path. The parameter mode=rwc is accepted because it is what SQLite does here anyway.
 * "postgres://…": a database on a server.
 * @throws RangeError with the mistake. It has no password.
 */
export function databaseOf(given: string): DatabaseConfig {
  if (/^postgres(ql)?:/i.test(given)) return { engine: 'postgres', url: new PostgresUrl(given) };
  if (given.includes(':memory:') || /[?&]mode=memory\b/.test(given))
    throw new RangeError('a database in memory is lost when the process ends: use file:<path>');
  if (!/^file:/i.test(given))
    throw new RangeError('it is neither file:<path> nor postgres://<user>:<password>@<host>/<database>');
  return { engine: 'sqlite', file: pathOfFileUrl(given, ['mode=rwc']) };
}

export const databaseText = textOrRangeError(databaseOf);

/** For logs and messages: the file, or the name of the database and its host. Never a user, a password or a parameter. */
export const shownDatabase = (database: DatabaseConfig): string =>
  database.engine === 'sqlite' ? database.file : database.url.shown;

/** Valid, and probably not intended. */
export const warnOfDatabase = (database: DatabaseConfig): readonly string[] =>
  database.engine === 'postgres' && database.url.isExposed
    ? [
        `DATABASE_URL has no sslmode, so everything is sent unencrypted to the database ${database.url.shown}: set sslmode=verify-full (docs/operating.md#postgresql)`,
      ]
    : [];
