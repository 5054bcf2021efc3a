import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { cuttingProxy } from '../postgres/cutting-proxy.ts';
import { migratedDatabase } from '../postgres/migrated-database.ts';
import { createDatabase, sharedPostgres, type TestDatabase } from '../postgres/shared-server.ts';
import { bundledCommand, type Spawned, spawned } from '../process/spawned.ts';
import { fill } from '../store/copy/filled-store.ts';
import { runWith } from './run-cli.ts';

const server = await sharedPostgres();

const migrate = (from: string, to: string, ...more: string[]) =>
  runWith({}, ['migrate', '--from', from, '--to', to, ...more]);

test.each([
  [['--from', 'file:a.db'], /required option '--to <url>' not specified/],
  [['--from', 'file:a.db', '--to', 'file:b.db'], /--from and --to are of one kind/],
  [['--from', 'postgres://h/a', '--to', 'postgres://h/b'], /--from and --to are of one kind/],
  [['--from', 'a.db', '--to', 'postgres://h/b'], /^error: --from: it is neither file:<path> nor postgres:/],
  [['--from', 'file:a.db', '--to', 'postgres://me:secret-word@h'], /^error: --to: it has no database: /],
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
    expect(there.out).toMatch(/^Copied \d+ rows of 15 tables\. Both databases have, by count and cost:$/m);
    expect(there.out).toMatch(/^stamps +available +40 +0\.262144 BZZ$/m);
    expect(there.out).toContain(`Start the service on the copy (${database.name} on ${host}).`);
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
    await runWith({ DATABASE_URL: url }, ['reopen']);
    await using service = await openSqliteStore({ file: join(directory, 'pool.db') });
    expect(service).toBeDefined();
    const inUse = await migrate(url, database.url);
    expect([inUse.exit, inUse.err]).toEqual([1, expect.stringContaining('is in use by another instance')]);
  });

  test('stops a service and the commands on the source, until the source is reopened', async () => {
    await filled();
    expect((await migrate(url, database.url)).exit).toBe(0);
    const file = join(directory, 'pool.db');
    const { host } = new URL(database.url);
    const moved = new RegExp(
      `^The database cannot be used\\. ${file} was copied to ${database.name} on ${host} at [^ ]+Z, and the pool is there now: .* stamp-pool reopen .*\n$`,
    );
    await using service = spawned({ env: { DATABASE_URL: url, PORT: '0' } });
    expect(await service.ended).toBe(1);
    expect(service.output().err).toMatch(moved);
    const onSource = (...args: string[]) => runWith({ DATABASE_URL: url }, args);
    for (const command of ['node show', 'node retire bee --yes', 'token list'])
      expect(await onSource(...command.split(' '))).toMatchObject({
        exit: 1,
        err: expect.stringMatching(moved),
      });
    expect((await onSource('doctor', '--json')).out).toMatch(/STORE_UNUSABLE[^]*was copied to/);

    const asked: string[] = [];
    const refused = await runWith({ DATABASE_URL: url }, ['reopen'], {
      ask: async (question) => {
        asked.push(question);
        return '';
      },
    });
    expect([refused.exit, refused.err, asked]).toEqual([
      1,
      'Nothing was changed.\n',
      [expect.stringContaining(`Is the copy in ${database.name} on ${host}`)],
    ]);
    expect(await onSource('reopen', '--yes')).toMatchObject({
      exit: 0,
      out: expect.stringContaining(`A service can start on ${file} again.`),
    });
    expect(await onSource('reopen')).toMatchObject({
      exit: 1,
      err: `${file} was not copied, so a service can start on it.\n`,
    });
    await using store = await openSqliteStore({ file });
    expect(await store.tokens.tokens()).toHaveLength(2);
  });

  test('stops a service on PostgreSQL after the way back, and copies a marked source again with a warning', async () => {
    await filled();
    await migrate(url, database.url);
    const back = await migrate(database.url, `file:${join(directory, 'back.db')}`);
    expect([back.exit, back.err]).toEqual([0, '']);
    await expect(openPostgresStore({ url: database.url })).rejects.toThrow(
      `"${database.name}" on ${new URL(database.url).host} was copied to ${join(directory, 'back.db')} at `,
    );
    expect((await migrate(database.url, url)).err).toMatch(/is not empty/); // the first source is no new file
    const again = await migrate(database.url, `file:${join(directory, 'again.db')}`);
    expect([again.exit, again.err]).toEqual([
      0,
      expect.stringContaining('What was given out there since is given out again here'),
    ]);
    expect(await runWith({ DATABASE_URL: database.url }, ['reopen'])).toMatchObject({ exit: 0 });
    await using store = await openPostgresStore({ url: database.url });
    expect(await store.tokens.tokens()).toHaveLength(2);
  });

  test('marks the source if an earlier command was broken off before that, and only the same one', async () => {
    await filled();
    await migrate(url, database.url);
    const sql = (statement: string): void => {
      const client = new Database(join(directory, 'pool.db'));
      client.exec(statement);
      client.close();
    };
    sql('DELETE FROM copies');
    expect(await migrate(url, database.url, '--json')).toMatchObject({
      exit: 0,
      out: expect.stringContaining('"finishedEarlier": true'),
    });
    await expect(openSqliteStore({ file: join(directory, 'pool.db') })).rejects.toThrow('was copied to');
    sql(
      `DELETE FROM copies; UPDATE stamps SET state = 'expired' WHERE batch_id = (SELECT max(batch_id) FROM stamps WHERE state = 'available')`,
    );
    expect(await migrate(url, database.url)).toMatchObject({
      exit: 1,
      err: expect.stringMatching(/is not empty/),
    });
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
      spawned({ command: bundledCommand('migrate', '--from', from, '--to', to) });
    {
      await using killed = run(url, target.url);
      await until(killed, async () => (await observer.query(WAITING)).rows.length > 0);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toBe('SIGKILL');
    }
    await client.query('commit');
    expect(await migrate(url, target.url)).toMatchObject({ exit: 0, err: '' });

    const back = join(directory, 'back.db');
    await client.query(MORE_THAN_THE_CACHE);
    {
      await using proxy = await cuttingProxy(target.url);
      const copied = proxy.silenceAt('declare "rows_of_tokens"');
      await using killed = run(proxy.url, `file:${back}`);
      await Promise.race([copied, killed.ended]);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toBe('SIGKILL');
    }
    expect(statSync(`${back}-wal`).size).toBeGreaterThan(5e6); // rows that do not fit into the cache are written before the commit
    await client.query(`delete from due_incidents where code = 'LARGE'`);
    await Promise.all([client.end(), observer.end()]);
    const { exit, out, err } = await migrate(target.url, `file:${back}`, '--json');
    expect([exit, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ rows: { stamps: 45 }, acquisitions: { count: 2 } });
  });
});

const MORE_THAN_THE_CACHE = `insert into due_incidents (node, code, subject, detail)
  select 'bee', 'LARGE', n::text, repeat('x', 1000000) from generate_series(1, 25) as n`;

const WAITING = `select 1 from pg_stat_activity
  where datname = current_database() and application_name = 'stamp-pool migrate' and wait_event_type = 'Lock'`;

async function until(killed: Spawned, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    if (killed.child.exitCode !== null) throw new Error(`it ended: ${killed.output().err}`);
    await delay(5);
  }
}
