import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import { OutcomeUnknownError, StoreFailedError } from '../../../src/store/store.ts';
import { anOrder, aRequest, aStamp, orderId, T0 } from '../../builders.ts';
import { add, allAcquisitions, batchOf, PROMISE, plan } from '../../contracts/store-steps.ts';
import { postgresPrograms, startPostgres } from '../../postgres/server.ts';
import { connected, onServer, sharedPostgres } from '../../postgres/shared-server.ts';
import { storeThroughProxy } from '../../postgres/store-through-proxy.ts';

const server = await sharedPostgres();
/** Of a client that was refused. */
const RETRY_MS = 50;
const stamps = (count: number) => Array.from({ length: count }, (_, n) => aStamp({ n }));

describe.skipIf(server === null)('a connection that is lost in the middle of a commit', () => {
  test.for(['before', 'after'] as const)(
    '%s the server has it: an acquisition gets one stamp, and a write happens once',
    async (when) => {
      await using reached = await storeThroughProxy(server, {});
      const { proxy, store } = reached;
      await add(store, ...stamps(3));
      await plan(store, anOrder());
      const { revision: before } = await store.snapshot(PROMISE);
      proxy.cutNextCommit(when);
      const { outcomes, revision } = await store.acquire([aRequest({ idempotencyKey: 'k' })], PROMISE);
      expect(outcomes).toMatchObject([{ is: 'acquired', replayed: false }]);
      expect(revision).toBe(before + 1);
      expect((await allAcquisitions(store)).map(({ batchId }) => batchId)).toEqual(outcomes.map(batchOf));
      proxy.cutNextCommit(when);
      expect(await store.write([{ change: 'orderSent', id: orderId(1) }], T0)).toEqual({
        revision: before + 2,
      });
      expect(await store.openOrders()).toMatchObject([{ state: 'sent' }]);
    },
  );
});

describe.skipIf(server === null)('a commit that takes its time after its connection was lost', () => {
  test('is waited for, and the client gets one stamp', async () => {
    await using reached = await storeThroughProxy(server, { acquireMs: 300_000, settleMs: 300_000 });
    const { database, proxy, store } = reached;
    await add(store, ...stamps(3));
    await onServer(
      database.url,
      `create function wait() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock(1); return null; end';
       create constraint trigger wait after insert or update on commit_marks deferrable initially deferred
         for each row execute function wait()`,
    );
    await using other = await connected(database.url);
    await other.client.query('select pg_advisory_lock(1)');
    proxy.cutNextCommit('during');
    const acquiring = store.acquire([aRequest()], PROMISE);
    const isAsked = `select 1 from pg_stat_activity where query like '%pg_xact_status(%' and state = 'idle' and datname = current_database()`;
    await expect.poll(async () => (await other.client.query(isAsked)).rows.length).toBeGreaterThan(0);
    await other.client.query('select pg_advisory_unlock(1)');
    expect((await acquiring).outcomes).toMatchObject([{ is: 'acquired', replayed: false }]);
    expect(await allAcquisitions(store)).toHaveLength(1);
  });
});

describe.skipIf(server === null)('a server that does not come back after a commit', () => {
  test('the client is refused, and a retry with the key gets the stamp', async () => {
    await using reached = await storeThroughProxy(server, { acquireMs: 300_000, settleMs: 500 });
    const { proxy, store } = reached;
    await add(store, ...stamps(3));
    proxy.cutNextCommit('after', { stayAway: true });
    const request = aRequest({ idempotencyKey: 'k' });
    const refused = store.acquire([request], PROMISE);
    await expect(refused).rejects.toThrow(OutcomeUnknownError);
    await expect(refused).rejects.toMatchObject({ cause: expect.any(StoreFailedError) }); // why it is not known
    proxy.restore();
    expect((await store.acquire([request], PROMISE)).outcomes).toMatchObject([
      { is: 'acquired', replayed: true },
    ]);
    expect(await allAcquisitions(store)).toHaveLength(1);
  });
});

describe.skipIf(server === null)(
  'a server that goes away again when the outcome of a commit has been read',
  () => {
    const readsNumber = 'as revision from "pool_revision"';

    test('an acquisition that happened is not refused, nor a write', async () => {
      await using reached = await storeThroughProxy(server, {});
      const { proxy, store } = reached;
      await add(store, ...stamps(3));
      await plan(store, anOrder());
      proxy.cutNextCommit('after');
      proxy.leaveAt(readsNumber);
      const { outcomes, revision } = await store.acquire([aRequest()], PROMISE);
      proxy.restore();
      expect(outcomes).toMatchObject([{ is: 'acquired', replayed: false }]);
      expect(revision).toBe(0); // the levels ignore it, and follow the heartbeat of the notifications
      expect((await allAcquisitions(store)).map(({ batchId }) => batchId)).toEqual(outcomes.map(batchOf));
      proxy.cutNextCommit('after');
      proxy.leaveAt(readsNumber);
      expect(await store.write([{ change: 'orderSent', id: orderId(1) }], T0)).toEqual({ revision: 0 });
      proxy.restore();
      expect(await store.openOrders()).toMatchObject([{ state: 'sent' }]);
    });
  },
);

describe.skipIf(server === null)('a server that is away for a moment after a commit', () => {
  test('is asked for its outcome until it answers, and the client gets its stamp', async () => {
    await using reached = await storeThroughProxy(server, { settleMs: 300_000 });
    const { proxy, store } = reached;
    await add(store, ...stamps(3));
    proxy.cutNextCommit('after', { stayAway: true });
    const acquiring = store.acquire([aRequest()], PROMISE);
    await proxy.refused();
    proxy.restore();
    expect((await acquiring).outcomes).toMatchObject([{ is: 'acquired', replayed: false }]);
    expect(await allAcquisitions(store)).toHaveLength(1);
  });
});

describe.skipIf(postgresPrograms === undefined)('a server that ends at once and starts again', () => {
  test('in the middle of the load: each key gets one stamp, no stamp is given out twice, and the replicas go on', async () => {
    await using own = await startPostgres({ fsync: false });
    const replicas = await Promise.all([0, 1].map(() => openPostgresStore({ url: own.url })));
    await using stack = new AsyncDisposableStack();
    for (const replica of replicas) stack.use(replica);
    await add(replicas[0] ?? failed(), ...stamps(400));
    const given = new Map<string, string | undefined>();
    let [isRestarting, failures, afterwards] = [false, 0, 0];
    const client = async (name: number): Promise<void> => {
      for (let n = 0; afterwards < 20; n += 1) {
        const idempotencyKey = `${name} ${n}`;
        const request = aRequest({ idempotencyKey });
        for (let isOpen = true; isOpen; ) {
          const replica = replicas[(name + failures) % 2] ?? failed();
          try {
            const { outcomes } = await replica.acquire([request], PROMISE);
            given.set(idempotencyKey, outcomes.map(batchOf)[0]);
            isOpen = false;
            if (!isRestarting && restarted) afterwards += 1;
          } catch (error) {
            if (!(error instanceof StoreFailedError)) throw error;
            failures += 1;
            await delay(RETRY_MS);
          }
        }
      }
    };
    let restarted = false;
    const clients = [0, 1, 2, 3].map(client);
    while (given.size < 20) await new Promise(setImmediate);
    isRestarting = true;
    await own.restart();
    [isRestarting, restarted] = [false, true];
    await Promise.all(clients);
    const onDisk = await allAcquisitions(replicas[1] ?? failed());
    expect(onDisk.map(({ idempotencyKey }) => String(idempotencyKey)).toSorted()).toEqual(
      [...given.keys()].toSorted(),
    );
    for (const { idempotencyKey, batchId } of onDisk) expect(given.get(idempotencyKey ?? '')).toBe(batchId);
    expect(new Set(onDisk.map(({ batchId }) => batchId)).size).toBe(onDisk.length);
  });
});

function failed(): never {
  throw new Error('there is no such replica');
}
