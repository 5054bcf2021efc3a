import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aStamp, hours, momentAt } from '../builders.ts';
import { add } from '../contracts/store-steps.ts';
import { connected, sharedPostgres } from '../postgres/shared-server.ts';
import { temporaryPostgresStore } from '../postgres/temporary-store.ts';
import { migratedFile } from './migrated-file.ts';

interface Opened {
  readonly store: Store;
  /** How many rows the table of the usage has. */
  readonly rows: () => Promise<number>;
}

const COUNT = 'select count(*) as count from daily_usage';

async function onSqlite(): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'pool.db');
  await migratedFile(file);
  const store = await openSqliteStore({ file });
  onTestFinished(async () => await store[Symbol.asyncDispose]());
  const reader = new Database(file, { readonly: true });
  onTestFinished(() => void reader.close());
  return { store, rows: async () => reader.prepare<[], { count: number }>(COUNT).get()?.count ?? 0 };
}

async function onPostgres(): Promise<Opened> {
  const opened = await temporaryPostgresStore();
  onTestFinished(() => opened.cleanUp());
  const rows = async (): Promise<number> => {
    await using connection = await connected(opened.url);
    return Number((await connection.client.query<{ count: string }>(COUNT)).rows[0]?.count);
  };
  return { store: opened.store, rows };
}

const requestsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    aRequest({ quotas: [{ subject: `${name} ${n}`, stamps: 1, cost: null }] }),
  );

const onDay = (day: number) => momentAt(hours(24 * day));

const hasPostgres = (await sharedPostgres()) !== null;

describe.each([
  ['SQLite', onSqlite, true],
  ['PostgreSQL', onPostgres, hasPostgres],
] as const)('the table of what subjects acquire by day, on %s', (_where, opened, exists) => {
  test.skipIf(!exists)('has no row of a subject that was given nothing', async () => {
    const { store, rows } = await opened();
    const { outcomes } = await store.acquire(requestsOf('a', 20), onDay(0));
    expect(new Set(outcomes.map(({ is }) => is))).toEqual(new Set(['exhausted']));
    expect(await rows()).toBe(0);
    await add(store, aStamp());
    await store.acquire(requestsOf('a', 20), onDay(0));
    expect(await rows()).toBe(1);
  });

  test.skipIf(!exists)('does not grow from day to day, and keeps the day before', async () => {
    const { store, rows } = await opened();
    await add(store, ...Array.from({ length: 60 }, (_, n) => aStamp({ n, ttlHours: 1_000 })));
    const sizes: number[] = [];
    for (let day = 0; day < 6; day += 1) {
      for (const half of ['a', 'b']) await store.acquire(requestsOf(half, 5), onDay(day));
      sizes.push(await rows());
    }
    expect(sizes).toEqual([10, 20, 20, 20, 20, 20]);
    const used = await store.acquire(requestsOf('a', 1), onDay(4)); // the clock of another replica is behind
    expect(used.outcomes).toMatchObject([{ is: 'quotaExceeded' }]);
  });
});
