import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migrateNodePostgres } from 'drizzle-orm/node-postgres/migrator';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageVersion } from '../../src/package-version.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { newerSchema } from '../../src/store/schema-compatibility.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { openSqliteStoreToRead } from '../../src/store/sqlite/open-to-read.ts';
import { openSqliteTokens } from '../../src/store/sqlite/open-tokens.ts';
import { type Store, StoreUnusableError } from '../../src/store/store.ts';
import { anOrder, aStamp, aToken, hours, momentAt, orderId, T0 } from '../builders.ts';
import { acquire, add, plan } from '../contracts/store-steps.ts';
import { migratedDatabase } from '../postgres/migrated-database.ts';
import { sharedPostgres, type TestDatabase } from '../postgres/shared-server.ts';
import { nextRelease } from './next-release.ts';

const server = await sharedPostgres();

/** What a replica of this version does while one of the next version runs beside it. */
async function use(store: Store, n: number): Promise<void> {
  await add(store, aStamp({ n, ttlHours: 90 }));
  expect(await acquire(store, {}, momentAt(T0))).toMatchObject({ is: 'acquired' });
  await plan(store, anOrder({ n }));
  await store.write([{ change: 'orderSent', id: orderId(n) }], hours(1));
  await store.tokens.addToken(aToken({ n }));
  expect((await store.openOrders()).map(({ id }) => id)).toContain(orderId(n));
}

describe('SQLite', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stamp-pool-newer-'));
    file = join(directory, 'pool.db');
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function upgrade(oldestVersion: string | null): Promise<void> {
    await using next = await nextRelease('sqlite', oldestVersion);
    const client = new Database(file);
    migrate(drizzle(client), next);
    client.close();
  }

  test('is used by this version beside the next one, whose migration lets it', async () => {
    await using store = await openSqliteStore({ file });
    await use(store, 1);
    await upgrade(packageVersion());
    await use(store, 2);
    {
      await using beside = openSqliteStoreToRead(file);
      expect(await beside.nodes()).toEqual([]);
      await using opened = await openSqliteTokens(file);
      expect(await opened.tokens.tokens()).toHaveLength(2);
    }
    await store[Symbol.asyncDispose]();
    await using again = await openSqliteStore({ file });
    await use(again, 3);
  });

  test.each([
    ['is not marked', null],
    ['demands a later version', '99.0.0'],
  ])('is refused, and not changed, after a migration that %s', async (_which, oldestVersion) => {
    await (await openSqliteStore({ file }))[Symbol.asyncDispose]();
    await upgrade(oldestVersion);
    const digest = async (): Promise<string> =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    const before = await digest();
    const opening = openSqliteStore({ file });
    await expect(opening).rejects.toThrow(StoreUnusableError);
    await expect(opening).rejects.toThrow(/written by a newer version .* It was not changed/);
    expect(() => openSqliteStoreToRead(file)).toThrow(/newer version/);
    expect(await digest()).toBe(before);
  });
});

describe.skipIf(server === null)('PostgreSQL', () => {
  let own: TestDatabase;
  beforeEach(async () => {
    own = await migratedDatabase(server ?? '');
  });
  afterEach(() => own[Symbol.asyncDispose]());

  async function upgrade(oldestVersion: string | null): Promise<void> {
    await using next = await nextRelease('postgres', oldestVersion);
    const client = new Client({ connectionString: own.url });
    await client.connect();
    await migrateNodePostgres(drizzleNodePostgres(client), next);
    await client.end();
  }

  test('is used by this version beside the next one, whose migration lets it', async () => {
    await using store = await openPostgresStore({ url: own.url });
    await use(store, 1);
    await upgrade(packageVersion());
    await use(store, 2);
    await using beside = await openPostgresStore({ url: own.url });
    await use(beside, 3);
    expect(await store.tokens.tokens()).toHaveLength(3);
  });

  test.each([
    ['is not marked', null],
    ['demands a later version', '99.0.0'],
  ])('is refused after a migration that %s', async (_which, oldestVersion) => {
    await upgrade(oldestVersion);
    await expect(openPostgresStore({ url: own.url })).rejects.toThrow(
      /^The database "\w+" on 127.* was written by a newer version of this service: 1 of its \d+ migrations .* It was not changed\./,
    );
  });
});

test.each([
  ['1.2.3', '1.2.3', true],
  ['1.10.0', '1.9.9', true],
  ['1.9.9', '1.10.0', false],
  ['0.9.9', '1.0.0', false],
  ['2.0.0', '1.99.99', true],
  ['1.2.3-beta.1', '1.2.4', false],
  ['1.0.10', '1.0.9', true],
  ['1.0.9', '1.0.10', false],
])('version %s meets %s: %s', (version, oldestVersion, isMet) => {
  const applied = [{ hash: 'unknown', oldestVersion }];
  expect(newerSchema(applied, { version, hashes: new Set() }) === null).toBe(isMet);
});

test.each(['v1.2.3', '1.2', ''])('%j is not a version', (version) => {
  const applied = [{ hash: 'unknown', oldestVersion: '1.0.0' }];
  expect(() => newerSchema(applied, { version, hashes: new Set() })).toThrow(`"${version}" is not a version`);
});
