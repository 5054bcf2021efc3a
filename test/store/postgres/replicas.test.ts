import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { depth } from '../../../src/domain/units.ts';
import { openPostgresStore } from '../../../src/store/postgres/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { ADDRESS, aRequest, aStamp, batchId, NODE, OTHER_ADDRESS, T0 } from '../../builders.ts';
import type { OpenedStore } from '../../contracts/store.ts';
import { add, allAcquisitions, batchOf, NOW, PROMISE } from '../../contracts/store-steps.ts';
import { sharedPostgres } from '../../postgres/shared-server.ts';
import { dropUnused, temporaryPostgresStore } from '../../postgres/temporary-store.ts';

const server = await sharedPostgres();

describe.skipIf(server === null)('three replicas on one PostgreSQL', () => {
  let opened: OpenedStore & { readonly url: string };
  let replicas: readonly Store[];
  beforeEach(async () => {
    opened = await temporaryPostgresStore();
    const others = [0, 1].map(() => openPostgresStore({ url: opened.url }));
    replicas = [opened.store, ...(await Promise.all(others))];
  });
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
    await opened.cleanUp();
  });
  afterAll(dropUnused);

  const at = (index: number): Store => {
    const replica = replicas[index % replicas.length];
    if (replica) return replica;
    throw new Error('no replica is open outside a test');
  };
  /** Batches of requests at once, spread over the replicas. */
  const acquireAtOnce = async (
    batches: readonly (readonly ReturnType<typeof aRequest>[])[],
    moment = PROMISE,
  ) => {
    const commits = batches.map((batch, index) => at(index).acquire(batch, moment));
    return (await Promise.all(commits)).flatMap((commit) => commit.outcomes);
  };
  const batchesOf = (count: number, size: number, wishes: Parameters<typeof aRequest>[0] = {}) =>
    Array.from({ length: count }, () => Array.from({ length: size }, () => aRequest(wishes)));

  test('give 100 stamps to 300 requests, each to one, and none of them is left', async () => {
    await add(
      opened.store,
      ...Array.from({ length: 100 }, (_, n) => aStamp({ n, depth: n % 3 === 0 ? 20 : 17 })),
    );
    const outcomes = await acquireAtOnce(batchesOf(30, 10));
    const given = outcomes.map(batchOf).filter((id) => id !== undefined);
    expect([given.length, new Set(given).size]).toEqual([100, 100]);
    expect(outcomes.filter(({ is }) => is === 'exhausted')).toHaveLength(200);
    expect(await allAcquisitions(opened.store)).toHaveLength(100);
    expect(await at(1).levels(NOW)).toEqual(new Map());
    expect((await opened.store.demandSince(T0)).reduce((sum, { count }) => sum + count, 0)).toBe(300);
  });

  test('keep the floor of a depth, and a daily limit of 50, exactly', async () => {
    await add(opened.store, ...Array.from({ length: 20 }, (_, n) => aStamp({ n, depth: 20 })));
    const floor = { ...PROMISE, fallback: { exactFloor: new Map([[depth(20), 7]]), maxSteps: null } };
    const larger = await acquireAtOnce(batchesOf(9, 3), floor);
    expect(larger.filter(({ is }) => is === 'acquired')).toHaveLength(13);
    await add(opened.store, ...Array.from({ length: 80 }, (_, n) => aStamp({ n: 100 + n })));
    const quotas = [
      { subject: 'web', stamps: 50, cost: null },
      { subject: 'all', stamps: 1_000, cost: null },
    ];
    const limited = await acquireAtOnce(batchesOf(12, 6, { quotas }));
    expect(limited.filter(({ is }) => is === 'acquired')).toHaveLength(50);
    expect(limited.filter(({ is }) => is === 'quotaExceeded')).toHaveLength(22);
  });

  test('give the same stamp for the same key, whatever replica a request reaches, and in whatever order keys come', async () => {
    await add(opened.store, ...Array.from({ length: 30 }, (_, n) => aStamp({ n })));
    const keys = ['a', 'b', 'c', 'd'].map((idempotencyKey) => aRequest({ idempotencyKey }));
    const outcomes = await acquireAtOnce([keys, keys.toReversed(), keys, keys.toReversed(), keys, keys]);
    const byKey = Map.groupBy(
      outcomes,
      (outcome) => outcome.is === 'acquired' && outcome.acquisition.idempotencyKey,
    );
    expect([...byKey.values()].map((all) => new Set(all.map(batchOf)).size)).toEqual([1, 1, 1, 1]);
    expect(await allAcquisitions(opened.store)).toHaveLength(4);
  });

  test('number their commits without gaps, and count the stock together', async () => {
    const { revision: before } = await opened.store.snapshot(NOW);
    const [first, second, third] = await Promise.all(
      replicas.map((replica, of) =>
        Promise.all([1, 2, 3, 4].map((n) => add(replica, aStamp({ n: 10 * of + n })))),
      ),
    );
    const revisions = [first, second, third].flatMap(
      (commits) => commits?.map(({ revision }) => revision) ?? [],
    );
    expect(revisions.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, index) => before + index + 1),
    );
    expect(await at(2).levels(NOW)).toEqual(new Map([[17, 12]]));
  });

  test('add a batch once, and do not bring back one that was acquired meanwhile', async () => {
    await Promise.all(replicas.map((replica) => add(replica, aStamp())));
    await Promise.all([
      ...replicas.map((replica) => add(replica, aStamp())),
      ...replicas.map((replica) => replica.acquire([aRequest()], PROMISE)),
    ]);
    expect(await allAcquisitions(opened.store)).toHaveLength(1);
    expect(await opened.store.stamp(batchId(1))).toMatchObject({ state: 'acquired' });
    expect((await opened.store.snapshot(NOW)).depths).toEqual([]);
  });

  test('give out nothing of a node after the commit that another one answers in its place', async () => {
    await opened.store.write([{ change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null }], T0);
    await add(opened.store, ...Array.from({ length: 200 }, (_, n) => aStamp({ n })));
    const commits = batchesOf(30, 3).map((batch, index) => at(index).acquire(batch, PROMISE));
    const changed = await at(1).write(
      [{ change: 'nodeChanged', node: NODE, other: OTHER_ADDRESS, otherChainId: null }],
      T0,
    );
    for (const commit of await Promise.all(commits)) {
      const isAfter = commit.revision > changed.revision;
      expect(new Set(commit.outcomes.map(({ is }) => is))).toEqual(
        new Set([isAfter ? 'exhausted' : 'acquired']),
      );
    }
  });
});
