import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { migratedDatabase } from '../postgres/migrated-database.ts';
import { createDatabase, sharedPostgres, type TestDatabase } from '../postgres/shared-server.ts';
import { node, type Spawned, spawned } from '../process/spawned.ts';
import { fill } from '../store/copy/filled-store.ts';
import { runWith } from './run-cli.ts';

const server = await sharedPostgres();

const migrate = (from: string, to: string, ...more: string[]) =>
  runWith({}, ['migrate', '--from', from, '--to', to, ...more]);

test.each([
  [['--from', 'file:a.db'], /required option '--to <url>' not specified/],
  [['--from', 'file:a.db', '--to', 'file:b.db'], /--from and --to are of one kind/],
  [['--from', 'postgres://h/a', '--to', 'postgres://h/b'], /--from and --to are of one kind/],
  [['--from', 'a.db', '--to', 'postgres://h/b'], /^error: --from is not file:<path>/],
  [['--from', 'file:a.db', '--to', 'postgres://me:secret-word@h'], /^error: --to has no database: /],
])('refuses the arguments %j', async (args, message) => {
  const { exit, out, err } = await runWith({}, ['migrate', ...args]);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toMatch(message);
  expect(err).not.toContain('secret-word');
});

describe.skipIf(server === null)('migrate', () => {
  let directory: string;
  let database: TestDatabase;
  let url: string;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stamp-pool-migrate-'));
    url = `file:${join(directory, 'pool.db')}`;
    database = await createDatabase(server ?? '');
  });
  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await database[Symbol.asyncDispose]();
  });

  const filled = async (stamps?: number): Promise<void> => {
    await using store = await openSqliteStore({ file: join(directory, 'pool.db') });
    await fill(store, stamps);
  };

  test('copies the pool there and back, and states what both sides have', async () => {
    await filled();
    const there = await migrate(url, database.url);
    expect([there.exit, there.err]).toEqual([0, '']);
    const { host } = new URL(database.url);
    expect(there.out).toMatch(/^Copied \d+ rows of 14 tables\. Both databases have, by count and cost:$/m);
    expect(there.out).toMatch(/^stamps +available +40 +0\.262144 BZZ$/m);
    expect(there.out).toContain(`Start the service on the copy only (${database.name} on ${host}).`);
    expect(there.out).not.toContain('pass-word');
    const back = await migrate(database.url, `file:${join(directory, 'back.db')}`, '--json');
    expect([back.exit, back.err]).toEqual([0, '']);
    expect(JSON.parse(back.out)).toMatchObject({
      from: `${database.name} on ${host}`,
      to: join(directory, 'back.db'),
      rows: { nodes: 2, orders: 7, tokens: 2, acquisitions: 2 },
      stamps: { available: { count: 40, cost: '2621440000000000' } },
    });
  });

  test('is refused with the reason, and changes nothing', async () => {
    expect(await migrate(`file:${directory}/missing.db`, database.url)).toEqual({
      exit: 1,
      out: '',
      err: `${directory}/missing.db does not exist.\n`,
    });
    expect(existsSync(join(directory, 'missing.db'))).toBe(false);
    await filled();
    expect((await migrate(url, database.url)).exit).toBe(0);
    const again = await migrate(url, database.url);
    expect([again.exit, again.err]).toEqual([
      1,
      expect.stringMatching(/^The database cannot be used\. \w+ on .* is not empty: access has rows\./),
    ]);
    await using service = await openSqliteStore({ file: join(directory, 'pool.db') });
    expect(service).toBeDefined();
    const inUse = await migrate(url, database.url);
    expect([inUse.exit, inUse.err]).toEqual([1, expect.stringContaining('is in use by another instance')]);
  });

  test('can be run again after it was killed in the middle', async () => {
    await filled();
    const target = await migratedDatabase(server ?? '');
    await using _ = target;
    const client = new Client({ connectionString: target.url });
    await client.connect();
    const observer = new Client({ connectionString: target.url });
    await observer.connect();
    await client.query('begin');
    await client.query('lock table stamps in share mode'); // the copy waits in the middle
    const run = (from: string, to: string) =>
      spawned({ command: node('src/cli/main.ts', 'migrate', '--from', from, '--to', to) });
    {
      await using killed = run(url, target.url);
      await until(killed, async () => (await observer.query(WAITING)).rows.length > 0);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toBe('SIGKILL');
    }
    await client.query('commit');
    expect(await migrate(url, target.url)).toMatchObject({ exit: 0, err: '' });

    const back = join(directory, 'back.db');
    await client.query(MANY_STAMPS);
    {
      await using killed = run(target.url, `file:${back}`);
      // rows that do not fit into the cache are written before the commit
      await until(killed, async () => (statSync(`${back}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 4e6);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toBe('SIGKILL');
    }
    await client.query(`delete from stamps where cost = 7`);
    await Promise.all([client.end(), observer.end()]);
    const { exit, out, err } = await migrate(target.url, `file:${back}`, '--json');
    expect([exit, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ rows: { stamps: 45 }, acquisitions: { count: 2 } });
  });
});

/** So many that most of the time of a copy passes between its first write to the file and its commit. */
const MANY_STAMPS = `insert into stamps (batch_id, node, depth, amount, immutable, cost, origin, state, created_at)
  select md5(n::text) || md5('x' || n), 'bee', 17, 1, true, 7, 'adopted', 'expired', 0 from generate_series(1, 60000) as n`;

const WAITING = `select 1 from pg_stat_activity
  where datname = current_database() and application_name = 'stamp-pool migrate' and wait_event_type = 'Lock'`;

async function until(killed: Spawned, isSo: () => Promise<boolean>): Promise<void> {
  const ended = killed.ended.then((how) => {
    throw new Error(`it ended with ${how}: ${killed.output().err}`);
  });
  while (!(await isSo())) await Promise.race([ended, delay(5)]);
  ended.catch(() => {}); // it is killed now
}
