import { pathOfFileUrl } from './file-url.ts';
import { SecretUrl } from './secret-url.ts';
import { textOrRangeError } from './setting-text.ts';

/** Where the state of the pool is. */
export type DatabaseConfig =
  /** `file`: a path, relative to the working directory or absolute. */
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'postgres'; readonly url: SecretUrl };

/**
 * "file:data/stamp-pool.db": the path. The parameter mode=rwc is accepted because it is what SQLite does here anyway.
 * "postgres://…": a database on a server.
 */
export const databaseText = textOrRangeError((given): DatabaseConfig => {
  if (/^postgres(ql)?:/.test(given)) return { engine: 'postgres', url: postgresUrl(given) };
  if (given.includes(':memory:') || /[?&]mode=memory\b/.test(given))
    throw new RangeError('a database in memory is lost when the process ends: use file:<path>');
  return { engine: 'sqlite', file: pathOfFileUrl(given, ['mode=rwc']) };
});

function postgresUrl(given: string): SecretUrl {
  const url = URL.parse(given);
  if (url === null || url.host === '' || !/^\/[^/]+$/.test(url.pathname))
    throw new RangeError('is not postgres://<user>:<password>@<host>:<port>/<database>');
  return new SecretUrl(given);
}

/** For logs and messages: the file, or the host and the name of the database. Never a user, a password or a parameter. */
export function shownDatabase(database: DatabaseConfig): string {
  if (database.engine === 'sqlite') return database.file;
  const { host, pathname } = new URL(database.url.reveal());
  return `${decodeURIComponent(pathname.slice(1))} on ${host}`;
}
