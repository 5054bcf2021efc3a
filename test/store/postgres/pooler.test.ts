import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { aRequest, aStamp } from '../../builders.ts';
import { add, PROMISE } from '../../contracts/store-steps.ts';
import { deadPort } from '../../dead-port.ts';
import { listening } from '../../listening.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';
import { spawned } from '../../process/spawned.ts';

const PGBOUNCER = '/usr/sbin/pgbouncer';
const server = existsSync(PGBOUNCER) ? await sharedPostgres() : null;

/** PgBouncer in front of the database. */
async function pooler(databaseUrl: string, mode: 'session' | 'transaction') {
  await using starting = new AsyncDisposableStack();
  const directory = starting.adopt(mkdtempSync(join(tmpdir(), 'pgbouncer-')), (path) =>
    rmSync(path, { recursive: true }),
  );
  const target = new URL(databaseUrl);
  const port = await deadPort();
  const config = `[databases]
* = host=${target.hostname} port=${target.port} user=${target.username} password=${target.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
`;
  const file = join(directory, 'pgbouncer.ini');
  writeFileSync(file, config);
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const running = starting.use(spawned({ command: [PGBOUNCER, ...user, file] }));
  await listening(port, running.ended);
  const url = new URL(databaseUrl);
  url.port = String(port);
  const started = starting.move();
  return { url: url.href, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

describe.skipIf(server === null)('behind PgBouncer', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await migratedDatabase(server ?? '');
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('in session mode, two replicas acquire, and learn of the commits of each other', async () => {
    await using behind = await pooler(database.url, 'session');
    await using one = await openPostgresStore({ url: behind.url });
    await using other = await openPostgresStore({ url: behind.url });
    const learned = new Set<number>();
    other.watchCommits(({ revision }) => void learned.add(revision));
    await add(one, aStamp({ n: 1 }));
    const { outcomes, revision } = await one.acquire([aRequest()], PROMISE);
    expect(outcomes).toMatchObject([{ is: 'acquired' }]);
    await expect.poll(() => learned.has(revision)).toBe(true);
  });

  test('in transaction mode, the start is refused, also when it is tried again', async () => {
    await using behind = await pooler(database.url, 'transaction');
    for (let start = 0; start < 2; start += 1)
      await expect(openPostgresStore({ url: behind.url })).rejects.toThrow(
        / cannot be used: a connection pooler in transaction mode is in between\. Set it to session mode/,
      );
  });
});
