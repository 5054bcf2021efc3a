import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { packageVersion } from '../../package-version.ts';
import { type AppliedMigration, newerSchema } from '../schema-compatibility.ts';
import { StoreUnusableError } from '../store.ts';
import { lockMigrations } from './advisory-locks.ts';
import { clientOptions, connect, type DatabaseOptions, lineOf, nameOf } from './connection.ts';
import { assertOwnSession } from './own-session.ts';

const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../../../migrations/postgres', import.meta.url)),
};
/** How long to wait for a replica that brings the database up to date. */
const LOCK_TIMEOUT = '50s';
/** The first with `nulls not distinct`. */
const MIN_SERVER_VERSION = 150_000;

/** Checks that this version can use the database, and brings it up to date. @throws StoreUnusableError */
export const migrateDatabase = (url: string, applicationName: string): Promise<void> =>
  whenMigrated({ url, applicationName }, async () => {});

/**
 * Brings the database up to date, then opens it. Of several processes that start at once, one does the first; the others
 * wait for it. A rejected database is left unchanged.
 * @throws StoreUnusableError with one line that names the host and the database; StoreInUseError if another process keeps it too long.
 */
export async function whenMigrated<Opened>(
  options: DatabaseOptions,
  open: () => Promise<Opened>,
  lockTimeout = LOCK_TIMEOUT,
): Promise<Opened> {
  await using client = await connect(options);
  await orUnusable(client, async () => {
    await assertSuitable(client);
    await assertOwnSession(client, options); // before the lock, which would stay in the session of another client
    await lockMigrations(client, lockTimeout); // held until the connection ends
    // not on each start: the user may lack the right to create a schema
    if ((await missingMigrations(client)).size > 0) await applyMigrations(options);
  });
  return await open(); // before the lock is released: see hold-alone.ts
}

/** Checks the same for a process that only reads. @throws StoreUnusableError, also if the database is not up to date. */
export async function assertMigrated(options: DatabaseOptions): Promise<void> {
  await using client = await connect(options);
  await orUnusable(client, async () => {
    await assertSuitable(client);
    if ((await missingMigrations(client)).size > 0)
      throw new StoreUnusableError(
        `${nameOf(client)} was written by an older version of this service, or by none. Start this version once.`,
      );
  });
}

/** On a connection of its own, without a time limit: an index on a large table takes longer than an answer may. */
async function applyMigrations(options: DatabaseOptions): Promise<void> {
  const client = new Client(clientOptions(options));
  client.on('error', () => {}); // its statements fail, too
  await client.connect();
  try {
    await migrate(drizzle(client), MIGRATIONS);
  } finally {
    await client.end();
  }
}

/** The hashes of those that the database has not had. */
async function missingMigrations(client: Client): Promise<ReadonlySet<string>> {
  const hashes = migrationHashes();
  const applied = await appliedMigrations(client);
  await assertOurs(client, { applied, hashes });
  return hashes.difference(new Set(applied.map(({ hash }) => hash)));
}

/** Their files are read once in a process. */
function migrationHashes(): ReadonlySet<string> {
  readHashes ??= new Set(readMigrationFiles(MIGRATIONS).map(({ hash }) => hash));
  return readHashes;
}

let readHashes: ReadonlySet<string> | null = null;

async function orUnusable(client: Client, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (cause instanceof StoreUnusableError) throw cause;
    const message = `${nameOf(client)} cannot be brought up to date: ${lineOf(rootOf(cause))}.`;
    throw new StoreUnusableError(message, { cause });
  }
}

/** Drizzle wraps the error of the server in one with the whole statement. */
const rootOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;

interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly readOnly: string;
  readonly synchronousCommit: string;
  readonly schema: string | null;
}

async function assertSuitable(client: Client): Promise<void> {
  const [facts] = (await client.query<ServerFacts>(FACTS)).rows;
  const mistake = facts && mistakeIn(facts);
  if (mistake) throw new StoreUnusableError(`${nameOf(client)} cannot be used: ${mistake}`);
}

const FACTS = `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
  current_setting('transaction_read_only') as "readOnly", current_setting('synchronous_commit') as "synchronousCommit",
  current_schema() as schema`;

/** Why the service cannot use the server; null if it can. */
export function mistakeIn({
  version,
  encoding,
  readOnly,
  synchronousCommit,
  schema,
}: ServerFacts): string | null {
  if (version < MIN_SERVER_VERSION) return 'the server is older than PostgreSQL 15. Upgrade it.';
  if (encoding !== 'UTF8') return `its encoding is ${encoding}. Create a database with the encoding UTF8.`;
  if (readOnly !== 'off') return 'it is read-only, as a standby server is. Connect to the primary.';
  // what was acknowledged must survive a crash of the server
  if (synchronousCommit === 'off')
    return 'synchronous_commit is off. Set it to on for this user (ALTER ROLE … SET synchronous_commit = on).';
  if (schema !== 'public')
    return `${schema === null ? 'no schema of its search_path exists' : `the first schema of its search_path is ${schema}`}, and the tables are in the schema public. Let the search_path of this user begin with it (ALTER ROLE … SET search_path = public).`;
  return null;
}

/** Those of any program that uses the same library. */
async function appliedMigrations(client: Client): Promise<readonly AppliedMigration[]> {
  const exists = async (table: string): Promise<boolean> =>
    (await client.query('select 1 from to_regclass($1) as found where found is not null', [table])).rows
      .length > 0;
  if (!(await exists('drizzle.__drizzle_migrations'))) return [];
  const marks = (await exists('schema_compatibility'))
    ? 'left join schema_compatibility on migration = created_at'
    : 'cross join (select null as oldest_version) as unmarked';
  const text = `select hash, oldest_version as "oldestVersion" from drizzle.__drizzle_migrations ${marks} order by id`;
  return (await client.query<AppliedMigration>(text)).rows;
}

async function assertOurs(
  client: Client,
  {
    applied,
    hashes,
  }: { readonly applied: readonly AppliedMigration[]; readonly hashes: ReadonlySet<string> },
): Promise<void> {
  const isOurs = applied.some(({ hash }) => hashes.has(hash));
  const tables =
    'select tablename from pg_tables where schemaname = current_schema() order by tablename limit 1';
  const [found] = (await client.query<{ tablename: string }>(tables)).rows;
  if (!isOurs && (found || applied.length > 0))
    throw new StoreUnusableError(
      `${nameOf(client)} is used by another program: it has ${found ? `the table ${found.tablename}` : 'other migrations'}, and no migrations of this service. It was not changed. Create a database for this service.`,
    );
  const newer = newerSchema(applied, { version: packageVersion(), hashes });
  if (newer !== null) throw new StoreUnusableError(`${nameOf(client)} ${newer}`);
}
