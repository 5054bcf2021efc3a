import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';

/** The PostgreSQL server of the test run, for a superuser; null if there is none, which is printed once. */
export async function sharedPostgres(): Promise<string | null> {
  const port = process.env['TEST_POSTGRES_PORT'];
  if (port === undefined) throw new Error('test/postgres/share-server.ts is not the global setup');
  const answer = await text(connect(Number(port), '127.0.0.1'));
  if (answer.startsWith('failed')) throw new Error(answer);
  if (answer !== '') return answer;
  process.stdout.write(
    'skipped: there is no PostgreSQL, which these tests need. Install it, or set TEST_DATABASE_URL to a server\n',
  );
  return null;
}

/** A database that only its test uses. Dropped when it is disposed of, whatever is connected to it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
}

/** Makes an empty database on the server, or a copy of `template`, to which nothing may be connected. */
export async function createDatabase(serverUrl: string, template?: string): Promise<TestDatabase> {
  const name = `stamp_pool_test_${randomBytes(6).toString('hex')}`;
  await onServer(
    serverUrl,
    `CREATE DATABASE ${name} ${template === undefined ? '' : `TEMPLATE ${template}`}`,
  );
  return {
    name,
    url: withDatabase(serverUrl, name),
    [Symbol.asyncDispose]: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/**
 * Makes a database by `fill`, once per server, and returns its name for `createDatabase`. `version` changes with what `fill`
 * writes. The workers of a test run share it.
 */
export async function templateDatabase(
  serverUrl: string,
  version: string,
  fill: (url: string) => Promise<void>,
): Promise<string> {
  const name = `stamp_pool_template_${version}`;
  await using server = await connected(serverUrl);
  const exists = async (): Promise<boolean> =>
    (await server.client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rows.length > 0;
  if (await exists()) return name;
  await server.client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  if (await exists()) return name;
  // under another name until it is filled: a test run may be ended at any time
  const unfinished = await createDatabase(serverUrl);
  await fill(unfinished.url);
  await server.client.query(`ALTER DATABASE ${unfinished.name} RENAME TO ${name}`);
  return name;
}

/** The URL with another database. */
function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs one statement on a connection of its own. */
export async function onServer(url: string, statement: string): Promise<void> {
  await using server = await connected(url);
  await server.client.query(statement);
}

export interface Connected extends AsyncDisposable {
  readonly client: Client;
}

export async function connected(url: string): Promise<Connected> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

/** Deletes all rows of the service's tables. Commits are numbered on: a store may be open, and has seen the last number. */
export const EMPTY = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'pool\\_%'
    ORDER BY array_position(ARRAY['acquisitions', 'stamps'], tablename::text) NULLS LAST LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  UPDATE pool_allocation SET allocation = 0;
END $$`;
