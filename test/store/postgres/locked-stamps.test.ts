import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { aRequest, aStamp, batchId } from '../../builders.ts';
import { acquireAll, add, batchOf, NOW } from '../../contracts/store-steps.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { connected, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();

describe.skipIf(server === null)('stamps that another transaction has locked', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await migratedDatabase(server ?? '');
    store = await openPostgresStore({ url: database.url });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('are waited for, in each depth, before a request is refused', async () => {
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 }), aStamp({ n: 3, depth: 22 }));
    await using other = await connected(database.url);
    await other.client.query('begin');
    await other.client.query('select 1 from stamps where depth < 22 for update');
    const exact = [17, 20, 22, 22].map((depth) => aRequest({ depth, allowLarger: false }));
    const acquiring = acquireAll(store, exact, NOW);
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await using observer = await connected(database.url);
    await expect.poll(async () => (await observer.client.query(waiting)).rows.length).toBe(1);
    await other.client.query('rollback');
    expect((await acquiring).map(batchOf)).toEqual([batchId(1), batchId(2), batchId(3), undefined]);
  });
});
