import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { type Store, StoreFailedError } from '../../../src/store/store.ts';
import { anOrder, aRequest, aStamp, T0 } from '../../builders.ts';
import { add, allAcquisitions, PROMISE } from '../../contracts/store-steps.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { onServer, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';

const server = await sharedPostgres();

describe.skipIf(server === null)(
  'a server that lacks the last commits, after a failover that lost them',
  () => {
    let database: TestDatabase;
    let store: Store;
    let other: Store;
    beforeEach(async () => {
      database = await migratedDatabase(server ?? '');
      store = await openPostgresStore({ url: database.url });
      other = await openPostgresStore({ url: database.url });
      await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3 }));
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    });
    const lose = (commits: number): Promise<void> =>
      onServer(database.url, `update pool_revision set revision = revision - ${commits}`);
    const order = { change: 'orderPlanned', order: anOrder() } as const;

    test('gives out and orders nothing for the replica that has committed them, and is reported as at fault', async () => {
      await store.acquire([aRequest()], PROMISE);
      await lose(1);
      for (const refused of [
        () => store.acquire([aRequest()], PROMISE),
        () => store.write([order], T0),
        () => store.probe(T0),
      ]) {
        await expect(refused()).rejects.toThrow(StoreFailedError);
        await expect(refused()).rejects.toThrow('lacks commits');
      }
      expect(await allAcquisitions(store)).toHaveLength(1);
      expect(await store.openOrders()).toEqual([]);
    });

    test('nor for a replica that has heard of them, or has counted them', async () => {
      const heard: number[] = [];
      using _ = other.watchCommits(({ revision }) => void heard.push(revision));
      const { revision } = await store.acquire([aRequest()], PROMISE);
      await expect.poll(() => heard).toContain(revision);
      await using third = await openPostgresStore({ url: database.url });
      await third.snapshot(PROMISE);
      await lose(1);
      for (const replica of [other, third])
        await expect(replica.acquire([aRequest()], PROMISE)).rejects.toThrow('lacks commits');
    });

    test('is used again when it has them, and a process that starts on it uses it', async () => {
      await store.acquire([aRequest()], PROMISE);
      await lose(1);
      await expect(store.acquire([aRequest()], PROMISE)).rejects.toThrow('lacks commits');
      await using started = await openPostgresStore({ url: database.url });
      expect((await started.acquire([aRequest()], PROMISE)).outcomes).toMatchObject([{ is: 'acquired' }]);
      expect((await store.acquire([aRequest()], PROMISE)).outcomes).toMatchObject([{ is: 'acquired' }]);
    });
  },
);
