import { describe, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { OutcomeUnknownError, StoreFailedError } from '../../../src/store/store.ts';
import { aRequest, aStamp } from '../../builders.ts';
import { add, allAcquisitions, batchOf, PROMISE } from '../../contracts/store-steps.ts';
import { sharedPostgres } from '../../postgres/shared-server.ts';
import { storeThroughProxy } from '../../postgres/store-through-proxy.ts';

const server = await sharedPostgres();

/** With the times of production, which each test waits for: a server on a busy machine must answer within them. */
describe
  .skipIf(server === null)
  .concurrent('a network that drops what is sent, and closes no connection', () => {
    const failureOf = (acquiring: Promise<unknown>): Promise<unknown> =>
      acquiring.then(
        () => null,
        (error: unknown) => error,
      );

    test('refuses acquisitions, which get no stamp later, and serves the next ones on new connections', async ({
      expect,
    }) => {
      await using reached = await storeThroughProxy(server, {});
      const { database, proxy, store } = reached;
      await using other = await openPostgresStore({ url: database.url });
      await add(other, ...[1, 2, 3, 4].map((n) => aStamp({ n })));
      const learned = new Set<number>();
      store.watchCommits(({ revision }) => void learned.add(revision));
      await expect.poll(() => learned.size).toBeGreaterThan(0);
      await Promise.all(Array.from({ length: 8 }, () => store.openOrders())); // on as many connections
      proxy.silence();
      const failure = await failureOf(store.acquire([aRequest()], PROMISE));
      expect(failure).toBeInstanceOf(StoreFailedError);
      expect(failure).not.toBeInstanceOf(OutcomeUnknownError);
      const { revision } = await other.acquire([aRequest()], PROMISE);

      proxy.restore({ oldConnections: false }); // as after a failover to another machine
      const acquiring = () => store.acquire([aRequest()], PROMISE);
      await expect.poll(async () => (await failureOf(acquiring())) === null).toBe(true);
      await Promise.all(Array.from({ length: 8 }, () => store.openOrders()));
      await expect.poll(() => [...learned].some((number) => number >= revision)).toBe(true);
      expect(await allAcquisitions(other)).toHaveLength(2);
    });

    test('after a commit was sent: the outcome is reported as unknown, and a retry with the key gets the stamp', async ({
      expect,
    }) => {
      await using reached = await storeThroughProxy(server, {});
      const { proxy, store } = reached;
      await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
      const request = aRequest({ idempotencyKey: 'k' });
      proxy.cutNextCommit('after', { silently: true });
      expect(await failureOf(store.acquire([request], PROMISE))).toBeInstanceOf(OutcomeUnknownError);
      proxy.restore({ oldConnections: false });
      const retried = await store.acquire([request], PROMISE);
      expect(retried.outcomes).toMatchObject([{ is: 'acquired', replayed: true }]);
      expect((await allAcquisitions(store)).map(({ batchId }) => batchId)).toEqual(
        retried.outcomes.map(batchOf),
      );
    });
  });
