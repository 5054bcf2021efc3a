import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { depth, nodeName } from '../../../src/domain/units.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { aRequest, aStamp, batchId, NODE, OTHER_ADDRESS, T0 } from '../../builders.ts';
import { acquireAll, add, batchOf, NOW } from '../../contracts/store-steps.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { connected, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();
const OTHER = nodeName('other');
const WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
/** As each acquisition does. */
const SHARE_LOCK = 'select pg_advisory_xact_lock_shared(7301986002)';
const THIRD = nodeName('third');

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

  /** Another transaction, which has executed these statements. */
  const other = async (...statements: readonly string[]) => {
    const { client, [Symbol.asyncDispose]: end } = await connected(database.url);
    for (const statement of ['begin', ...statements]) await client.query(statement);
    return { client, [Symbol.asyncDispose]: end };
  };
  const lock = (...numbers: readonly number[]): string =>
    `select 1 from stamps where batch_id in (${numbers.map((n) => `'${batchId(n)}'`).join(', ')}) for update`;
  /** Resolves when a statement waits for a lock. */
  const untilOneWaits = async (): Promise<void> => {
    await using observer = await connected(database.url);
    await expect.poll(async () => (await observer.client.query(WAITING)).rows.length).toBe(1);
  };

  test.for([
    { change: 'nodeChanged', node: OTHER, other: OTHER_ADDRESS, otherChainId: null },
    { change: 'nodeMoved', node: OTHER, address: OTHER_ADDRESS, observedAt: null },
    { change: 'nodeRetired', node: OTHER },
  ] as const)(
    'are not changed by an acquisition, while a write changes which nodes give: $change',
    async (change) => {
      await using acquisition = await other(SHARE_LOCK);
      const superseded = { change: 'transactionsSuperseded', node: NODE, hashes: ['0xa'] } as const;
      await store.write([superseded], T0);
      const writing = store.write([superseded, change], T0);
      await untilOneWaits();
      await acquisition.client.query('rollback');
      await writing;
      expect((await store.nodes()).map(({ name }) => name)).toContain(OTHER);
    },
  );

  test('do not hold up a write about something else, and an allocation does not either', async () => {
    await add(store, aStamp({ n: 8, depth: 31 }));
    await using _ = await other(lock(8), 'select 1 from pool_allocation for update');
    await store.write([{ change: 'transactionsSuperseded', node: NODE, hashes: ['0xb'] }], T0);
    expect(await store.supersededTransactions(NODE)).toEqual(['0xb']);
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
    await using observation = await other(lock(1, 2));
    const exact = [17, 20, 22, 22].map((of) => aRequest({ depth: of, allowLarger: false }));
    const acquiring = acquireAll(store, exact, NOW);
    await untilOneWaits();
    await observation.client.query('rollback');
    expect((await acquiring).map(batchOf)).toEqual([batchId(1), batchId(2), batchId(3), undefined]);
  });

  test('are passed over while others are left, and not waited for if they would not do', async () => {
    await add(
      store,
      aStamp({ n: 11, ttlHours: 10 }),
      aStamp({ n: 12, ttlHours: 20 }),
      aStamp({ n: 13, depth: 19, node: OTHER }),
      aStamp({ n: 14, depth: 20 }),
      aStamp({ n: 15, depth: 24, ttlHours: 10 }),
    );
    await using _ = await other(SHARE_LOCK, lock(11, 13, 15));
    const exact = { allowLarger: false };
    const requests = [
      aRequest(), // 11 is locked
      aRequest({ depth: 18, node: NODE }), // 13 is of another node
      aRequest({ depth: 20, ...exact }), // there was one only
      aRequest({ depth: 19, node: NODE, ...exact }),
      aRequest({ depth: 24, minTtlSeconds: 11 * 3600, ...exact }), // 15 expires too early
    ];
    for (const [index, request] of requests.entries())
      expect([index, ...(await acquireAll(store, [request], NOW)).map(batchOf)]).toEqual([
        index,
        [12, 14].map(batchId)[index],
      ]);
    const notFor = [
      aRequest({ depth: 19, node: NODE, ...exact }),
      aRequest({ depth: 20, ...exact }),
      aRequest({ depth: 19, minTtlSeconds: 999 * 3600, ...exact }),
    ];
    const exhausted = notFor.map(() => ({ is: 'exhausted' }));
    expect(await acquireAll(store, notFor, NOW)).toEqual(exhausted); // 13 would do for none of them
  });

  test('are waited for before a stamp of last resort is given out, a floor is kept, or a promise is not met', async () => {
    await add(
      store,
      aStamp({ n: 21, depth: 21 }),
      aStamp({ n: 22, depth: 21, ttlHours: 9, node: THIRD }),
      aStamp({ n: 23, depth: 26, ttlHours: 10 }),
      aStamp({ n: 24, depth: 26 }),
      aStamp({ n: 25, depth: 27, ttlHours: 12 }),
    );
    const moment = {
      ...NOW,
      lastResortNodes: new Set([THIRD]),
      fallback: { exactFloor: new Map([[depth(26), 1]]), maxSteps: null },
    };
    const exact = { allowLarger: false };
    for (const [locked, given, request] of [
      [21, 21, aRequest({ depth: 21, ...exact })],
      [24, 23, aRequest({ depth: 25 })],
      [25, 25, aRequest({ depth: 27, minTtlSeconds: 12 * 3600, ...exact })],
    ] as const) {
      await using observation = await other(lock(locked));
      const acquiring = acquireAll(store, [request], moment);
      await untilOneWaits();
      await observation.client.query('rollback');
      expect((await acquiring).map(batchOf)).toEqual([batchId(given)]);
    }
  });

  test.for([
    { of: 23, found: [31, 32], given: [32] },
    { of: 28, found: [41, 42, 43], given: [42, 43] },
  ])('and are missing after that are not given out: $found', async ({ of, found, given }) => {
    await add(store, ...found.map((n) => aStamp({ n, depth: of, ttlHours: n })));
    await using observation = await other(lock(...found));
    const requests = [1, 2].map(() => aRequest({ depth: of, allowLarger: false }));
    const acquiring = acquireAll(store, requests, NOW);
    await untilOneWaits();
    const [first = 0] = found;
    await observation.client.query(
      `update stamps set withheld = 'missing' where batch_id = '${batchId(first)}'; commit`,
    );
    expect((await acquiring).flatMap((outcome) => batchOf(outcome) ?? [])).toEqual(given.map(batchId));
  });
});
