import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { prepareStatements } from '../../src/store/sqlite/statements.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { anOrder, aRequest, aStamp, momentAt, NODE, T0 } from '../builders.ts';
import { acquireAll } from '../contracts/store-steps.ts';
import { nodeStockOf, stockOf } from '../stock-of.ts';

const NOW = momentAt(T0);
/** More than a page of a database that has no room for another one. */
const LONG = 'x'.repeat(20_000);

describe('a database at fault', () => {
  let directory: string;
  let file: string;
  let store: Store;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stamp-pool-at-fault-'));
    file = join(directory, 'pool.db');
    store = await openSqliteStore({ file, busyTimeoutMs: 0 });
    for (const n of [1, 2]) await store.write([{ change: 'stampAdded', stamp: aStamp({ n }) }], T0);
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  it('that is full writes nothing of an acquisition, and serves it when there is space', async () => {
    await store[Symbol.asyncDispose]();
    const client = new Database(file);
    store = storeOver(client);
    client.pragma(`max_page_count = ${Number(client.pragma('page_count', { simple: true }))}`);
    const acquired = acquireAll(store, [aRequest({ clientRef: LONG }), aRequest()], NOW);
    await expect(acquired).rejects.toThrow(StoreFailedError);
    await expect(acquired).rejects.toThrow('database or disk is full (SQLITE_FULL)');
    await expect(store.probe(T0)).rejects.toThrow('database or disk is full (SQLITE_FULL)');
    expect(await store.levels(NOW)).toEqual(new Map([[17, 2]]));
    expect((await store.acquisitions({ first: 10, after: null })).items).toEqual([]);
    expect(await store.demandSince(T0)).toEqual([]);

    client.pragma('max_page_count = 100000');
    await store.probe(T0);
    expect(await acquireAll(store, [aRequest({ clientRef: LONG })], NOW)).toMatchObject([{ is: 'acquired' }]);
  });

  it('that another process writes to accepts no order, and accepts it afterwards', async () => {
    const rival = new Database(file);
    rival.exec('BEGIN IMMEDIATE');
    const order = anOrder();
    const planned = store.write([{ change: 'orderPlanned', order }], T0);
    await expect(planned).rejects.toThrow(StoreFailedError);
    await expect(planned).rejects.toThrow('database is locked (SQLITE_BUSY)');
    expect((await nodeStockOf(store, NODE)).openOrders).toEqual([]);

    rival.exec('ROLLBACK');
    rival.close();
    await store.write([{ change: 'orderPlanned', order }], T0);
    expect((await nodeStockOf(store, NODE)).openOrders).toEqual([order]);
  });

  it('that another process writes to fails a probe early, however long an acquisition would wait', async () => {
    await store[Symbol.asyncDispose]();
    const client = new Database(file, { timeout: 60_000 });
    store = storeOver(client);
    const rival = new Database(file);
    rival.exec('BEGIN IMMEDIATE');
    await expect(store.probe(T0)).rejects.toThrow('database is locked (SQLITE_BUSY)');
    expect(client.pragma('busy_timeout', { simple: true })).toBe(60_000);
    rival.exec('ROLLBACK');
    rival.close();
    await store.probe(T0);
  });

  it('that is damaged fails every read', async () => {
    await store[Symbol.asyncDispose]();
    const client = new Database(file);
    store = storeOver(client);
    client.pragma('wal_checkpoint(TRUNCATE)');
    writeFileSync(file, Buffer.alloc(200_000, 'not a page'));
    client.pragma('cache_size = 0');
    const moment = { ...NOW, depth: null, first: 10, after: null };
    for (const read of [
      () => nodeStockOf(store, NODE),
      () => stockOf(store),
      () => store.levels(NOW),
      () => store.filterPooled([aStamp().batchId]),
      () => store.spentByNodeSince(NODE, T0),
      () => store.leadTimesSeconds(),
      () => store.demandSince(T0),
      () => store.stamp(aStamp().batchId),
      () => store.availableStamps(moment, NOW),
      () => store.orders({ ...moment, states: null }),
      () => store.acquisitions(moment),
    ])
      await expect(read()).rejects.toThrow(StoreFailedError);
  });

  it('is not reported for a bug of the service', async () => {
    await store.write([{ change: 'orderPlanned', order: anOrder() }], T0);
    const sameKey = anOrder({ n: 2, amount: anOrder().amount });
    const again = store.write([{ change: 'orderPlanned', order: sameKey }], T0);
    await expect(again).rejects.toThrow('UNIQUE constraint failed');
    await expect(again).rejects.not.toThrow(StoreFailedError);
  });
});

/** As `openSqliteStore` makes it, over a connection that the test can spoil. */
function storeOver(client: Database.Database): Store {
  const held = { [Symbol.dispose]: () => void client.close() };
  return new SqliteStore({
    client,
    statements: prepareStatements(drizzle(client)),
    newId: () => '01900000-0000-7000-8000-000000000001',
    files: { assertInPlace: () => {}, assertHoldsCommits: () => {} },
    held,
  });
}
