import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveStamp } from '../../../src/domain/stamp.ts';
import { copiedTables } from '../../../src/store/copy/copied-tables.ts';
import type { CopyRow } from '../../../src/store/copy/copy-side.ts';
import { copyStore } from '../../../src/store/copy/copy-store.ts';
import { openPostgresSide } from '../../../src/store/copy/postgres-side.ts';
import { openSqliteSide } from '../../../src/store/copy/sqlite-side.ts';
import { assertNotCopied } from '../../../src/store/copy-mark.ts';
import { Database as PostgresDatabase } from '../../../src/store/postgres/database.ts';
import { migrateDatabase } from '../../../src/store/postgres/migrations.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { PostgresTokenStore } from '../../../src/store/postgres/postgres-token-store.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteStoreToRead } from '../../../src/store/sqlite/open-to-read.ts';
import { openSqliteTokens } from '../../../src/store/sqlite/open-tokens.ts';
import { type Store, StoreInUseError, StoreUnusableError } from '../../../src/store/store.ts';
import { aPropagatingStamp, aStamp, hours, momentAt, NODE, T0 } from '../../builders.ts';
import { acquire, add } from '../../contracts/store-steps.ts';
import { createDatabase, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';
import { migratedFile } from '../migrated-file.ts';
import { withMembers } from '../with-members.ts';
import { fill } from './filled-store.ts';

const server = await sharedPostgres();

describe.skipIf(server === null)('a copy', () => {
  let directory: string;
  let database: TestDatabase;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stamp-pool-copy-'));
    file = join(directory, 'pool.db');
    database = await createDatabase(server ?? '');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
    await database[Symbol.asyncDispose]();
  });

  const toPostgres = async (from = file) => {
    await using source = openSqliteSide(from);
    await using target = await openPostgresSide(database.url, 'postgres');
    return await copyStore(source, target, T0);
  };
  const toSqlite = async (to: string) => {
    await using source = await openPostgresSide(database.url, 'postgres');
    await using target = openSqliteSide(to);
    return await copyStore(source, target, T0);
  };
  const addDemand = (rows: number): void => {
    const client = new Database(file);
    client.exec(`WITH RECURSIVE hours (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM hours WHERE at < ${rows})
      INSERT INTO demand (hour, depth, outcome, count) SELECT at * 3600000, 17, 'met', at FROM hours`);
    client.close();
  };
  const filled = async (): Promise<void> => {
    await using store = await openSqliteStore({ file });
    await fill(store);
  };

  test('has every row of every table, and is the same after the way back', async () => {
    await filled();
    addDemand(2_001); // more than a page of either side
    const copied = await toPostgres();
    expect(Object.values(copied.rows)).not.toContain(0);
    expect(copied.rows['demand']).toBeGreaterThan(2_000);
    expect(copied).toMatchObject({
      stamps: {
        acquired: { count: 2 },
        available: { count: 40, cost: String(40n * 500_000_000n * 2n ** 17n) },
        expired: { count: 1 },
        propagating: { count: 2 },
      },
      acquisitions: { count: 2 },
    });
    const back = join(directory, 'back.db');
    expect(await toSqlite(back)).toEqual(copied);
    expect(dump(back)).toEqual(dump(file));
  });

  test('is what the service continues with', async () => {
    await filled();
    const unmarked = join(directory, 'unmarked.db');
    await copyFile(file, unmarked);
    await toPostgres();
    await using sqlite = await openSqliteStore({ file: unmarked });
    await using postgres = await openPostgresStore({ url: database.url });
    const seenIn = async (store: Store) => ({
      snapshot: (await store.snapshot(momentAt(hours(2)))).depths,
      stock: await store.nodeStock(NODE, momentAt(hours(2))),
      replay: await acquire(store, {
        caller: 'web',
        idempotencyKey: 'k',
        clientRef: 'upload 7',
        quotas: [],
      }),
      deliveries: (await store.outbox.deliveries({ first: 9, after: null, statuses: null })).items,
      tokens: await store.tokens.tokens(),
      lastKnown: await store.lastKnown.read(NODE),
    });
    expect(await seenIn(postgres)).toEqual(await seenIn(sqlite));
    const [ofSqlite, ofPostgres] = [await acquire(sqlite, {}), await acquire(postgres, {})];
    expect(ofPostgres).toMatchObject({ is: 'acquired', replayed: false });
    expect(ofPostgres.is === 'acquired' && ofPostgres.stamp).toEqual(
      ofSqlite.is === 'acquired' && ofSqlite.stamp,
    );
  });

  test('is refused if the target has rows, also those of a copy, and leaves it as it is', async () => {
    await filled();
    await toPostgres();
    await expect(toPostgres()).rejects.toThrow(
      /^postgres is not empty: access has rows\. It was not changed\./,
    );
    const other = join(directory, 'other.db');
    await using store = await openSqliteStore({ file: other });
    await add(store, aPropagatingStamp());
    await store[Symbol.asyncDispose]();
    const before = dump(other);
    await expect(toSqlite(other)).rejects.toThrow(StoreUnusableError);
    expect(dump(other)).toEqual(before);
  });

  test('is refused while a service uses one of the databases', async () => {
    {
      await using store = await openSqliteStore({ file });
      await fill(store);
      await expect(toPostgres()).rejects.toThrow(StoreInUseError);
    }
    await migrateDatabase(database.url, 'stamp-pool test');
    const replica = new PostgresDatabase({ url: database.url, applicationName: 'stamp-pool' });
    await new PostgresTokenStore(replica).access();
    await expect(toPostgres()).rejects.toThrow(StoreInUseError);
    await expect(toSqlite(join(directory, 'new.db'))).rejects.toThrow(/is in use by stamp-pool\./);
    await replica[Symbol.asyncDispose]();
  });

  test('is an error if the source cannot be marked, although the copy is complete', async () => {
    await filled();
    {
      await using source = openSqliteSide(file);
      await using target = await openPostgresSide(database.url, 'postgres');
      const unmarkable = withMembers(source, { writeMark: () => Promise.reject(new Error('read-only')) });
      await expect(copyStore(unmarkable, target, T0)).rejects.toThrow(
        /^the copy is complete, but .*pool\.db could not be marked as copied.* read-only$/,
      );
    }
    expect(await toPostgres()).toMatchObject({ finishedEarlier: true });
  });

  test('is finished later if the source could not be marked, and can be undone by removing the mark', async () => {
    await filled();
    expect(await toPostgres()).toMatchObject({ finishedEarlier: false });
    {
      await using source = openSqliteSide(file);
      expect(await source.readMark('to')).toMatchObject({ database: 'postgres', at: T0 });
      await source.removeMark('to');
      expect(await source.readMark('to')).toBeNull();
    }
    expect(await toPostgres()).toMatchObject({ finishedEarlier: true, acquisitions: { count: 2 } });
    const client = new Database(file);
    client.exec(`DELETE FROM copies; UPDATE stamps SET state = 'expired' WHERE state = 'available'`);
    client.close();
    await expect(toPostgres(), 'the source is not what was copied').rejects.toThrow(/is not empty/);
    await using copy = await openPostgresSide(database.url, 'postgres');
    expect(await copy.readMark('from')).toMatchObject({ database: file, at: T0 });
    expect(await copy.readMark('to')).toBeNull();
    await copy.removeMark('from');
    expect(await copy.readMark('from')).toBeNull();
  });

  test('leaves an empty target after an error in the middle', async () => {
    await filled();
    const client = new Database(file);
    client.exec(`UPDATE stamps SET amount = 'x' || amount WHERE state = 'acquired'`);
    client.close();
    await expect(toPostgres()).rejects.toThrow(/^postgres refuses rows of stamps: .*"x500000000"/);
    const repaired = new Database(file);
    repaired.exec(`UPDATE stamps SET amount = substr(amount, 2) WHERE state = 'acquired'`);
    repaired.close();
    expect(await toPostgres()).toMatchObject({ acquisitions: { count: 2 } });
  });
});

describe('a copy between two files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stamp-pool-copy-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const fileWith = async (name: string, ...stamps: readonly LiveStamp[]): Promise<string> => {
    const file = join(directory, name);
    await migratedFile(file);
    await using store = await openSqliteStore({ file });
    await add(store, ...stamps);
    return file;
  };

  test.each<[string, (rows: readonly CopyRow[]) => readonly CopyRow[]]>([
    ['lacks a row', (rows) => rows.slice(1)],
    ['has another cost', (rows) => rows.map((row) => ({ ...row, cost: '1' }))],
    ['has another state', (rows) => rows.map((row) => ({ ...row, state: 'expired' }))],
  ])('that %s is undone, and the source is not marked', async (_what, changed) => {
    const [from, to] = [await fileWith('a.db', aStamp(), aStamp({ n: 2 })), await fileWith('b.db')];
    await using source = openSqliteSide(from);
    await using target = openSqliteSide(to);
    const faulty = withMembers(target, {
      insert: (table, rows) => target.insert(table, table.name === 'stamps' ? changed(rows) : rows),
    });
    await expect(copyStore(source, faulty, T0)).rejects.toThrow(
      /^the copy differs, and was undone: .* became .*/,
    );
    expect([await target.count('stamps'), await source.readMark('to')]).toEqual([0, null]);
    const { stamps, orders, acquisitions, finishedEarlier } = await copyStore(source, target, T0);
    const cost = String(2n * aStamp().cost);
    expect({ stamps, orders, acquisitions, finishedEarlier }).toEqual({
      stamps: { available: { count: 2, cost } },
      orders: {},
      acquisitions: { count: 0, cost: '0' },
      finishedEarlier: false,
    });
    await source[Symbol.asyncDispose]();
    for (const open of [openSqliteTokens, async (file: string) => openSqliteStoreToRead(file)])
      await expect(open(from)).rejects.toThrow(/^[^:]*a\.db was copied to [^:]*b\.db at /);
    await expect(openSqliteStore({ file: from })).rejects.toThrow(/^[^:]*a\.db was copied to [^:]*b\.db at /);
  });
});

test('a database that was copied is not used any more, and one that was not is', () => {
  const mark = { database: 'postgres', at: T0, fingerprint: '' };
  expect(() => assertNotCopied('pool.db', null)).not.toThrow();
  expect(() => assertNotCopied('pool.db', mark)).toThrow(StoreUnusableError);
  expect(() => assertNotCopied('pool.db', mark)).toThrow(
    /^pool\.db was copied to postgres at 2026-03-01T12:00:00\.000Z, and the pool is there now/,
  );
});

test('refuses a table that only one of the databases has, or that has other columns there', () => {
  const table = (name: string, ...columns: string[]) => ({ name, columns, references: [] });
  const tables = [table('a', 'x', 'y')];
  expect(copiedTables(tables, [table('a', 'y', 'x'), table('probe', 'id')])).toEqual([
    { name: 'a', columns: ['x', 'y'] },
  ]);
  const referring = [
    { name: 'a', columns: ['x'], references: ['a', 'b'] },
    { name: 'b', columns: ['x'], references: ['a', 'c'] },
    { name: 'c', columns: ['x'], references: [] },
  ];
  expect(copiedTables(referring.slice(0, 1), referring.slice(0, 1))).toHaveLength(1);
  const unreferring = referring
    .slice(1)
    .map((one) => ({ ...one, references: one.name === 'b' ? ['c'] : [] }));
  expect(copiedTables(unreferring, unreferring).map(({ name }) => name)).toEqual(['c', 'b']);
  expect(() => copiedTables(tables, [])).toThrow(/the table a cannot be copied/);
  expect(() => copiedTables(tables, [...tables, table('news', 'id')])).toThrow(/the table news/);
  expect(() => copiedTables(tables, [table('a', 'x')])).toThrow(/x,y is not x/);
});

/** All that is in the file, apart from what it derives, or overwrites. */
function dump(file: string): Readonly<Record<string, unknown>> {
  const client = new Database(file, { readonly: true });
  const names = client
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('probe', 'leases', 'copies', '__drizzle_migrations') ORDER BY name`,
    )
    .pluck()
    .all();
  const rows = names.map((name) => {
    const all = client.prepare(`SELECT * FROM "${String(name)}" ORDER BY 1, 2`).all();
    return [name, all.map((row) => ({ ...Object(row), number: 0, stamp_number: 0 }))];
  });
  const unnumbered = client
    .prepare('SELECT count(*) FROM acquisitions JOIN stamps USING (batch_id) WHERE stamp_number <> number')
    .pluck()
    .get();
  client.close();
  return { ...Object.fromEntries(rows), unnumbered };
}
