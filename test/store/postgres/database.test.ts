import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Database } from '../../../src/store/postgres/database.ts';
import { statement } from '../../../src/store/postgres/statement.ts';
import { TIMES } from '../../../src/store/postgres/times.ts';
import { StoreFailedError } from '../../../src/store/store.ts';
import { cuttingProxy } from '../../postgres/cutting-proxy.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { connected, onServer, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();

const add = statement<{ hash: string }>(
  'test-add',
  sql`insert into over_transactions values ('a', ${sql.placeholder('hash')})`,
);
const all = statement<object, { hash: string }>(
  'test-all',
  sql`select hash from over_transactions order by hash`,
);
const lock = statement<{ key: number }, object>(
  'test-lock',
  sql`select pg_advisory_xact_lock(${sql.placeholder('key')}::bigint)`,
);
const end = statement<object, object>('test-end', sql`select pg_terminate_backend(pg_backend_pid())`);
const pid = statement<object, { pid: number }>('test-pid', sql`select pg_backend_pid() as pid`);
const timeouts = statement<object, { name: string; milliseconds: number }>(
  'test-timeouts',
  sql`select name, setting::bigint as milliseconds from pg_settings
    where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`,
);
const isolation = statement<object, { isolation: string }>(
  'test-isolation',
  sql`select current_setting('transaction_isolation') as isolation`,
);
const divide = statement('test-divide', sql`select 1 / 0`);
const makeCounter = statement<object, object>('test-make-counter', sql`create sequence reads`);
const restart = statement<object, object>('test-restart', sql`alter sequence reads restart`);
/** Counts itself, also if it is rolled back, and ends its connection the given number of times. */
const endFirst = statement<{ times: number }, object>(
  'test-end-first',
  sql`select case when nextval('reads') <= ${sql.placeholder('times')}::bigint then pg_terminate_backend(pg_backend_pid()) end`,
);
const divideCounted = statement<object, object>(
  'test-divide-counted',
  sql`select 1 / (nextval('reads') * 0)`,
);
const readsSoFar = statement<object, { count: number }>(
  'test-reads',
  sql`select last_value as count from reads`,
);

describe.skipIf(server === null)('a transaction on PostgreSQL', () => {
  let own: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    own = await migratedDatabase(server ?? '');
    database = new Database({ url: own.url, applicationName: 'test' });
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });
  const hashes = async (): Promise<readonly string[]> => (await all(database, {})).map(({ hash }) => hash);

  test('and a statement of it are ended by the server after a time', async () => {
    const limits = await timeouts(database, {});
    expect(limits.map(({ name }) => name)).toEqual([
      'idle_in_transaction_session_timeout',
      'statement_timeout',
    ]);
    for (const { milliseconds } of limits) expect(milliseconds).toBeGreaterThan(0);
  });

  test('locks what it needs, whatever isolation is the default of the database', async () => {
    await onServer(own.url, `alter database ${own.name} set default_transaction_isolation = 'serializable'`);
    await using strict = new Database({ url: own.url, applicationName: 'test' });
    expect(await strict.transact((transaction) => isolation(transaction, {}))).toEqual([
      { isolation: 'read committed' },
    ]);
    await onServer(own.url, `alter database ${own.name} reset default_transaction_isolation`);
  });

  test('writes everything or nothing', async () => {
    await database.transact(async (transaction) => {
      await all(transaction, {});
      void transaction.send(add, { hash: 'written' });
    });
    let runs = 0;
    const failing = database.transact(async (transaction) => {
      runs += 1;
      await all(transaction, {});
      void transaction.send(add, { hash: 'rolled back' });
      void transaction.send(divide, {});
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(runs).toBe(1);
    const throwing = database.transact(async (transaction) => {
      await add(transaction, { hash: 'rolled back' });
      throw new RangeError('of the caller');
    });
    await expect(throwing).rejects.toThrow(RangeError);
    expect(await hashes()).toEqual(['written']);
  });

  test('sends a statement without waiting for the answers of those before it', async () => {
    const proxy = await cuttingProxy(own.url);
    await using behind = new Database({ url: proxy.url, applicationName: 'test' });
    await using other = await connected(own.url);
    await other.client.query('select pg_advisory_lock(7)');
    const arrived = proxy.silenceAt('from over_transactions');
    const answered: string[] = [];
    const waiting = behind.transact(async (transaction) => {
      const locking = lock(transaction, { key: 7 }).finally(() => answered.push('lock'));
      await Promise.all([locking, all(transaction, {})]);
    });
    await arrived;
    expect(answered).toEqual([]);
    await Promise.all([expect(waiting).rejects.toThrow(StoreFailedError), proxy[Symbol.asyncDispose]()]);
  });

  test('uses none of the connections that were there when one was lost in silence', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await using proxy = await cuttingProxy(own.url);
    await using behind = new Database({ url: proxy.url, applicationName: 'test' });
    await Promise.all([1, 2, 3].map(() => pid(behind, {}))); // on as many connections
    const arrived = proxy.silenceAt('from over_transactions');
    const asked = all(behind, {});
    await arrived;
    proxy.restore({ oldConnections: false });
    vi.advanceTimersByTime(TIMES.answerMs);
    expect(await asked).toEqual(await all(database, {}));
  });

  test('uses the connection of the one before it, also after an error of a statement', async () => {
    const [before] = await pid(database, {});
    await expect(database.transact((transaction) => divide(transaction, {}))).rejects.toThrow('by zero');
    expect(await pid(database, {})).toEqual([before]);
  });

  test('runs again after a deadlock, and after its connection was lost before the commit', async () => {
    const bothHoldOne = Promise.withResolvers<void>();
    let crossings = 0;
    const crossing = (first: number, second: number): Promise<void> =>
      database.transact(async (transaction) => {
        await lock(transaction, { key: first });
        crossings += 1;
        if (crossings === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await lock(transaction, { key: second });
        void transaction.send(add, { hash: `locked ${first}` });
      });
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    expect(crossings).toBe(3);
    let runs = 0;
    await database.transact(async (transaction) => {
      runs += 1;
      await all(transaction, {});
      if (runs === 1) await end(transaction, {});
      void transaction.send(add, { hash: 'second run' });
    });
    expect(await hashes()).toEqual(['locked 1', 'locked 2', 'second run', 'written']);
  });

  test('runs again if what it has sent was in the way of another, also when a later statement says so', async () => {
    let runs = 0;
    await database.transact(async (transaction) => {
      runs += 1;
      await all(transaction, {});
      void transaction.send(add, { hash: runs === 1 ? 'written' : 'written once more' });
      await all(transaction, {});
    });
    expect(runs).toBe(2);
    expect(await hashes()).toContain('written once more');
  });

  test('that reads by one statement is asked again once if its connection was lost, and after no other failure', async () => {
    const counted = async (): Promise<number | undefined> => (await readsSoFar(database, {}))[0]?.count;
    await makeCounter(database, {});
    await endFirst(database, { times: 1 });
    expect(await counted()).toBe(2);
    await restart(database, {});
    await expect(endFirst(database, { times: 9 })).rejects.toThrow(StoreFailedError);
    expect(await counted()).toBe(2);
    await restart(database, {});
    await expect(divideCounted(database, {})).rejects.toThrow('division by zero');
    expect(await counted()).toBe(1);
  });

  test('that reads by several is run again once if its connection was lost, and after no other failure', async () => {
    let runs = 0;
    const failing = (times: number, failure: typeof end): Promise<unknown> =>
      database.read(async (on) => (runs++ < times ? await failure(on, {}) : await all(on, {})));
    expect([await failing(1, end), runs]).toEqual([await all(database, {}), 2]);
    runs = 0;
    await expect(failing(9, end)).rejects.toThrow(StoreFailedError);
    expect(runs).toBe(2);
    runs = 0;
    await expect(failing(1, divide)).rejects.toThrow('division by zero');
    expect(runs).toBe(1);
  });

  test('may send nothing before it has begun, because that would be committed at once', async () => {
    const early = database.transact(async (transaction) => {
      void transaction.send(add, { hash: 'early' });
    });
    await expect(early).rejects.toThrow(TypeError);
    expect(await hashes()).not.toContain('early');
  });

  test('runs again if its connection was lost when it is rolled back', async () => {
    let runs = 0;
    const failing = database.transact(async (transaction) => {
      runs += 1;
      const [backend] = await pid(transaction, {});
      await onServer(server ?? '', `select pg_terminate_backend(${backend?.pid}, 10000)`);
      throw new RangeError('of the caller');
    });
    await expect(failing).rejects.toMatchObject({
      message: 'the connection was lost during a transaction',
      cause: expect.any(Error),
    });
    expect(runs).toBe(2);
  });

  test('is run five times at most if another is in the way each time, and once if a statement fails', async () => {
    let runs = 0;
    const twice = database.transact(async (transaction) => {
      runs += 1;
      await add(transaction, { hash: 'written' });
    });
    await expect(twice).rejects.toThrow(/duplicate key/);
    expect(runs).toBe(5);
    runs = 0;
    const failing = database.transact(async (transaction) => {
      runs += 1;
      await divide(transaction, {});
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(runs).toBe(1);
  });

  test('fails as a store does if it is lost again, and serves the next caller', async () => {
    let runs = 0;
    const failing = database.transact(async (transaction) => {
      runs += 1;
      await end(transaction, {});
    });
    await expect(failing).rejects.toThrow(StoreFailedError);
    expect(runs).toBe(2);
    await onServer(
      server ?? '',
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${own.name}'`,
    );
    expect(await hashes()).toContain('written');
  });
});
