import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeName } from '../../../src/domain/units.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { aRequest, aStamp, batchId, NODE, OTHER_ADDRESS, T0 } from '../../builders.ts';
import { acquireAll, add, batchOf, NOW } from '../../contracts/store-steps.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { connected, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();
const OTHER = nodeName('other');
const WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

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

  test('are not changed by an acquisition, while a write changes which nodes give', async () => {
    await using other = await connected(database.url);
    await using observer = await connected(database.url);
    await other.client.query('begin');
    await other.client.query('select pg_advisory_xact_lock_shared(7301986002)'); // as each acquisition does
    const over = { change: 'transactionsOver', node: NODE, hashes: ['0xa'] } as const;
    await store.write([over], T0);
    const writing = store.write([over, { change: 'nodeChanged', node: OTHER, other: OTHER_ADDRESS }], T0);
    await expect.poll(async () => (await observer.client.query(WAITING)).rows.length).toBe(1);
    await other.client.query('rollback');
    await writing;
    expect((await store.node(OTHER))?.changed).toMatchObject({ other: OTHER_ADDRESS });
  });

  test('are the only reason to acquire again', async () => {
    let ids = 0;
    const newId = (): string => {
      ids += 1;
      throw new RangeError('a bug');
    };
    await using failing = await openPostgresStore({ url: database.url, newId });
    await add(store, aStamp({ n: 9, depth: 30 }));
    await expect(failing.acquire([aRequest({ depth: 30 })], NOW)).rejects.toThrow(RangeError);
    expect(ids).toBe(1);
  });

  test('are waited for, in each depth, before a request is refused', async () => {
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 }), aStamp({ n: 3, depth: 22 }));
    await using other = await connected(database.url);
    await other.client.query('begin');
    await other.client.query('select 1 from stamps where depth < 22 for update');
    const exact = [17, 20, 22, 22].map((depth) => aRequest({ depth, allowLarger: false }));
    const acquiring = acquireAll(store, exact, NOW);
    await using observer = await connected(database.url);
    await expect.poll(async () => (await observer.client.query(WAITING)).rows.length).toBe(1);
    await other.client.query('rollback');
    expect((await acquiring).map(batchOf)).toEqual([batchId(1), batchId(2), batchId(3), undefined]);
  });
});
