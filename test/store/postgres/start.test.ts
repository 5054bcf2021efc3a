import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../../src/store/postgres/connection.ts';
import { Database } from '../../../src/store/postgres/database.ts';
import { migrateDatabase, mistakeIn } from '../../../src/store/postgres/migrations.ts';
import { openPostgresStoreToRead } from '../../../src/store/postgres/open.ts';
import { statement } from '../../../src/store/postgres/statement.ts';
import { StoreUnusableError } from '../../../src/store/store.ts';
import { selfSigned } from '../../bee/certificate.ts';
import { deadPort } from '../../dead-port.ts';
import { postgresPrograms, startPostgres } from '../../postgres/server.ts';
import { createDatabase, onServer, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();

const migrate = (url: string): Promise<void> => migrateDatabase(url, 'stamp-pool test');

/** The message with which the start is refused: one line, without the password. */
async function refusal(url: string): Promise<string> {
  const error: unknown = await migrate(url).catch((cause: unknown) => cause);
  if (!(error instanceof StoreUnusableError)) throw new Error(`not refused: ${String(error)}`);
  expect(error.message).not.toMatch(/secret-word|pass-word|\n|.The database/);
  return error.message;
}

describe('a database that cannot be reached', () => {
  test('is refused with its name and host', async () => {
    const port = await deadPort();
    expect(await refusal(`postgres://me:secret-word@127.0.0.1:${port}/pool`)).toBe(
      `The database "pool" on 127.0.0.1:${port} cannot be reached: no server listens there. Start it, or check DATABASE_URL.`,
    );
    expect(await refusal('postgres://me:secret-word@no-such-host.invalid/pool')).toMatch(
      /^The database "pool" on no-such-host\.invalid:5432 cannot be reached: the name of the host (is not known|cannot be resolved)\./,
    );
    expect(await refusal('postgres://me:secret-word@h/pool?host=/no/such/directory')).toMatch(
      /^The database "pool" on \/no\/such\/directory cannot be reached: there is no such socket/,
    );
  });

  test('is waited for if it accepts the connection, and refused if it stays silent', async () => {
    const silent = await listening(createServer());
    const url = `postgres://me:secret-word@127.0.0.1:${portOf(silent)}/pool`;
    const connecting = connect({ url, applicationName: 'test' }, { connectMs: 10_000, answerMs: 50 });
    await expect(connecting).rejects.toThrow(
      /^The database "pool" on 127\.0\.0\.1:\d+ does not answer: the server accepted the connection, and sent nothing in time\.$/,
    );
    silent.close();
  });

  test('is refused if another program answers', async () => {
    const other = await listening(
      createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n').resume()),
    );
    expect(await refusal(`postgres://me:secret-word@127.0.0.1:${portOf(other)}/pool`)).toMatch(
      /^The database "pool" on 127\.0\.0\.1:\d+ cannot be reached: /,
    );
    other.close();
  });
});

test.for([
  [{}, null],
  [{ version: 149_999 }, 'the server is older than PostgreSQL 15. Upgrade it.'],
  [{ version: 150_000 }, null],
  [{ encoding: 'LATIN1' }, 'its encoding is LATIN1. Create a database with the encoding UTF8.'],
  [{ readOnly: 'on' }, 'it is read-only, as a standby server is. Connect to the primary.'],
  [{ synchronousCommit: 'local' }, null],
  [
    { synchronousCommit: 'off' },
    'synchronous_commit is off. Set it to on for this user (ALTER ROLE … SET synchronous_commit = on).',
  ],
  [
    { schema: null },
    'no schema of its search_path exists, and the tables are in the schema public. Let the search_path of this user begin with it (ALTER ROLE … SET search_path = public).',
  ],
  [
    { schema: 'pool' },
    'the first schema of its search_path is pool, and the tables are in the schema public. Let the search_path of this user begin with it (ALTER ROLE … SET search_path = public).',
  ],
] as const)('a server is refused for what it cannot do: %j', ([facts, mistake]) => {
  const suitable = {
    version: 170_002,
    encoding: 'UTF8',
    readOnly: 'off',
    synchronousCommit: 'on',
    schema: 'public',
  };
  expect(mistakeIn({ ...suitable, ...facts })).toBe(mistake);
});

describe.skipIf(server === null)('a database on PostgreSQL', () => {
  const url = server ?? '';
  let own: TestDatabase;
  beforeAll(async () => {
    own = await createDatabase(url);
  });
  afterAll(() => own[Symbol.asyncDispose]());

  test('is refused if the password is wrong, or if it does not exist', async () => {
    const wrong = new URL(own.url);
    wrong.password = 'secret-word';
    expect(await refusal(wrong.href)).toBe(
      `The database "${own.name}" on ${wrong.host} refuses the user or the password. Check DATABASE_URL.`,
    );
    const missing = new URL(own.url);
    missing.pathname = '/missing';
    expect(await refusal(missing.href)).toBe(
      `The database "missing" on ${wrong.host} does not exist. Create it, or check DATABASE_URL.`,
    );
  });

  test('is refused if it is of another program, and is not changed', async () => {
    await using other = await createDatabase(url);
    await onServer(other.url, 'create table accounts (id int)');
    expect(await refusal(other.url)).toContain('is used by another program: it has the table accounts,');
    expect(await tablesOf(other.url)).toEqual(['accounts']);
    await using drizzles = await createDatabase(url);
    await onServer(drizzles.url, 'create schema drizzle');
    await onServer(
      drizzles.url,
      `create table drizzle.__drizzle_migrations as select 1 as id, 'theirs' as hash, 1::bigint as created_at`,
    );
    expect(await refusal(drizzles.url)).toContain('is used by another program: it has other migrations,');
  });

  test('is refused if it does not keep what it has acknowledged, or does not accept writes', async () => {
    await using lax = await createDatabase(url);
    await onServer(lax.url, `alter database ${lax.name} set synchronous_commit = off`);
    expect(await refusal(lax.url)).toContain('cannot be used: synchronous_commit is off.');
    await onServer(lax.url, `alter database ${lax.name} reset synchronous_commit`);
    await onServer(lax.url, `alter database ${lax.name} set default_transaction_read_only = on`);
    expect(await refusal(lax.url)).toContain('cannot be used: it is read-only,');
  });

  test('is brought up to date by one of the processes that start at once, and not by one that only reads', async () => {
    await expect(openPostgresStoreToRead({ url: own.url })).rejects.toThrow(
      /^The database "\w+" on \S+ was written by an older version of this service, or by none\. Start this version once\.$/,
    );
    expect(await tablesOf(own.url)).toEqual([]);
    await Promise.all([1, 2, 3].map(() => migrate(own.url)));
    expect(await tablesOf(own.url)).toContain('stamps');
    await using store = await openPostgresStoreToRead({ url: own.url });
    expect(await store.nodes()).toEqual([]);
  });

  test('needs no right to make tables once it is up to date', async () => {
    const user = `poor_${own.name}`;
    await onServer(url, `create role ${user} login password 'pass-word'`);
    await onServer(own.url, `grant usage on schema drizzle to ${user}`);
    await onServer(own.url, `grant select on drizzle.__drizzle_migrations, schema_compatibility to ${user}`);
    const poor = new URL(own.url);
    poor.username = user;
    await migrate(poor.href);
    await using empty = await createDatabase(url);
    poor.pathname = `/${empty.name}`;
    expect(await refusal(poor.href)).toMatch(/cannot be brought up to date: permission denied/);
    await onServer(own.url, `drop owned by ${user}`);
    await onServer(url, `drop role ${user}`);
  });

  test('is sent nothing unencrypted if TLS is demanded and the server has none', async () => {
    const { rows } = await ask(own.url, 'show ssl');
    if (rows[0]?.ssl !== 'off') return;
    expect(await refusal(`${own.url}?sslmode=require`)).toMatch(
      /cannot be reached: The server does not support SSL/,
    );
    const where = sql`select 1 as one`;
    const database = new Database({ url: `${own.url}?sslmode=verify-full`, applicationName: 'test' });
    await expect(statement('test-one', where)(database, {})).rejects.toThrow('does not support SSL');
    await database[Symbol.asyncDispose]();
  });

  test.skipIf(postgresPrograms === undefined)('verifies the server as sslmode says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0'); // it has no effect
    onTestFinished(() => void vi.unstubAllEnvs());
    const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-tls-'));
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const made = spawnSync('openssl', [...request, '-keyout', key, '-out', cert, ...subject]);
    expect(made.status).toBe(0);
    chmodSync(directory, 0o755);
    chmodSync(key, 0o600);
    if (process.getuid?.() === 0) chownSync(key, 65_534, 65_534);
    await using secured = await startPostgres({
      fsync: false,
      settings: ['ssl=on', `ssl_key_file=${key}`, `ssl_cert_file=${cert}`],
    });
    const startWith = async (parameters: string, host = 'localhost'): Promise<string> => {
      const at = new URL(`${secured.url}?${parameters}`);
      at.hostname = host;
      return await migrate(at.href).then(
        () => 'serves',
        (error: unknown) => String(error),
      );
    };
    const other = join(directory, 'other');
    writeFileSync(other, selfSigned().certificate);
    const served = [
      startWith('sslmode=require'),
      startWith(`sslmode=require&sslrootcert=${cert}`, '127.0.0.1'),
      startWith(`sslmode=verify-ca&sslrootcert=${cert}`, '127.0.0.1'),
      startWith(`sslmode=verify-full&sslrootcert=${cert}`),
    ];
    expect(await Promise.all(served)).toEqual(served.map(() => 'serves'));
    for (const parameters of [
      'sslmode=verify-full',
      `sslrootcert=${other}`,
      `sslmode=require&sslrootcert=${other}`,
      `sslmode=verify-ca&sslrootcert=${other}`,
      `sslmode=verify-full&sslrootcert=${other}`,
    ])
      expect([parameters, await startWith(parameters)]).toEqual([
        parameters,
        expect.stringMatching(/cannot be reached: self-signed certificate/),
      ]);
    expect(await startWith(`sslmode=verify-full&sslrootcert=${cert}`, '127.0.0.1')).toMatch(
      /cannot be reached: .*IP: 127\.0\.0\.1 is not in the cert/,
    );
    expect(await startWith('sslmode=verify-full&sslrootcert=/nowhere')).toMatch(
      /^StoreUnusableError: The certificate or key \/nowhere cannot be read: ENOENT/,
    );
    const renewed = join(directory, 'renewed');
    writeFileSync(renewed, readFileSync(other));
    const at = new URL(`${secured.url}?sslmode=verify-full&sslrootcert=${renewed}`);
    at.hostname = 'localhost';
    await using database = new Database({ url: at.href, applicationName: 'test' });
    const read = () => database.ask({ name: 'one', text: 'select 1 as one', values: [] });
    await expect(read()).rejects.toThrow('self-signed certificate');
    writeFileSync(renewed, readFileSync(cert));
    expect(await read()).toEqual([{ one: 1 }]);
    rmSync(renewed); // as by a program that replaces the file
    await onServer(
      secured.url,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test'`,
    );
    expect(await read()).toEqual([{ one: 1 }]);
    rmSync(directory, { recursive: true });
  });
});

async function ask(url: string, text: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

async function tablesOf(url: string): Promise<readonly string[]> {
  const { rows } = await ask(url, `select tablename from pg_tables where schemaname = 'public' order by 1`);
  return rows.map(({ tablename }) => String(tablename));
}

async function listening(onto: Server): Promise<Server> {
  onto.listen(0, '127.0.0.1');
  await once(onto, 'listening');
  return onto;
}

function portOf(of: Server): number {
  const address = of.address();
  if (address !== null && typeof address === 'object') return address.port;
  throw new TypeError('the server does not listen');
}
