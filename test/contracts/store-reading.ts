import { expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { DepthCount } from '../../src/domain/reserve.ts';
import type { LiveStamp } from '../../src/domain/stamp.ts';
import { type NodeName, nodeName, plur } from '../../src/domain/units.ts';
import type { Store } from '../../src/store/store.ts';
import {
  anOrder,
  aPropagatingStamp,
  aRequest,
  aStamp,
  aTopUp,
  batchId,
  hours,
  momentAt,
  NODE,
  orderId,
  seconds,
  T0,
} from '../builders.ts';
import { nodeStockOf, stockOf } from '../stock-of.ts';
import type { StoreUnderTest } from './store.ts';
import { acquireAll, add, NOW, plan } from './store-steps.ts';

const OTHER = nodeName('other');

export function reading(current: () => StoreUnderTest): void {
  test('a probe succeeds repeatedly, and changes nothing that the store returns', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }));
    await plan(store, anOrder({ n: 1 }));
    const before = [await nodeStockOf(store, NODE), await store.demandSince(T0)];
    await store.probe(T0);
    await store.probe(seconds(5));
    expect([await nodeStockOf(store, NODE), await store.demandSince(T0)]).toEqual(before);
  });

  test('the transactions of a node that are over are those of the last change, also after a restart', async () => {
    const under = current();
    const over = (node: NodeName, ...hashes: readonly string[]): Promise<unknown> =>
      under.store.write([{ change: 'transactionsSuperseded', node, hashes }], T0);
    await over(NODE, '0xa', '0xb', '0xa');
    await over(OTHER, '0xa');
    expect((await under.store.supersededTransactions(NODE)).toSorted()).toEqual(['0xa', '0xb']);
    await over(NODE, '0xc');
    const reopened = await under.reopen();
    expect(await reopened.supersededTransactions(NODE)).toEqual(['0xc']);
    expect(await reopened.supersededTransactions(OTHER)).toEqual(['0xa']);
    await reopened.write([{ change: 'transactionsSuperseded', node: NODE, hashes: [] }], T0);
    expect(await reopened.supersededTransactions(NODE)).toEqual([]);
  });

  test('the stock of a node has its live stamps, open orders and abandoned orders', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1 }),
      aStamp({ n: 2, ttlHours: 1 }),
      aPropagatingStamp({ n: 3 }),
      aStamp({ n: 4, depth: 20 }),
    );
    await add(store, aStamp({ n: 5, node: OTHER }), aStamp({ n: 6, withheld: 'lost', missingSinceBlock: 1 }));
    await plan(store, ...[1, 2, 3, 4, 5].map((n) => anOrder({ n })), anOrder({ n: 6, node: OTHER }));
    await store.write(
      [
        { change: 'stampExpired', batchId: batchId(2) },
        ...[2, 3, 4].map((n) => ({ change: 'orderSent', id: orderId(n) }) as const),
        { change: 'orderUnknown', id: orderId(3), cause: 'reset' },
        { change: 'orderRejected', id: orderId(4), cause: 'no', refusal: 'BAD_REQUEST' },
        { change: 'orderAbandoned', id: orderId(5), cause: 'never sent', atBlock: null },
      ],
      T0,
    );
    await acquireAll(store, [aRequest({ depth: 20 })], NOW);

    const { stamps, openOrders, abandonedOrders } = await nodeStockOf(store, NODE);
    expect(byBatch(stamps)).toEqual([
      aStamp({ n: 1 }),
      aPropagatingStamp({ n: 3 }),
      aStamp({ n: 6, withheld: 'lost', missingSinceBlock: 1 }),
    ]);
    expect(openOrders.map(({ id, state }) => [id, state])).toEqual([
      [orderId(1), 'planned'],
      [orderId(2), 'sent'],
      [orderId(3), 'unknown'],
    ]);
    expect(abandonedOrders.map(({ id }) => id)).toEqual([orderId(5)]);

    const all = await stockOf(store);
    expect(byBatch(all.stamps).map((stamp) => stamp.batchId)).toEqual([1, 3, 5, 6].map(batchId));
    expect(all.openOrders.map(({ id }) => id)).toEqual([1, 2, 3, 6].map(orderId));
  });

  test('levels count by depth what can be acquired at that moment', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 12 }),
      aStamp({ n: 2, ttlHours: 30 }),
      aStamp({ n: 3, depth: 20, ttlHours: 12 }),
    );
    await add(store, aPropagatingStamp({ n: 4, depth: 22 }), aStamp({ n: 5, depth: 22, withheld: 'in_use' }));
    const promisedTtlSeconds = 12 * 3600;
    expect(await store.levels(momentAt(T0, promisedTtlSeconds))).toEqual(
      new Map([
        [17, 2],
        [20, 1],
      ]),
    );
    expect(await store.levels(momentAt(new Date(T0.getTime() + 1), promisedTtlSeconds))).toEqual(
      new Map([[17, 1]]),
    );
  });

  test('levels follow every way in which a stamp becomes available, stops being so, or changes its depth', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3 }), aPropagatingStamp({ n: 4 }));
    const seen = { change: 'stampSeen', amount: plur(1n), immutable: true, expiresAt: null } as const;
    await store.write(
      [
        { ...seen, batchId: batchId(1), depth: aStamp({ depth: 20 }).depth, withheld: null },
        {
          change: 'stampMissing',
          batchId: batchId(2),
          sinceBlock: 1,
          withheld: 'missing',
          lastLostAtBlock: null,
        },
        { change: 'stampAvailable', batchId: batchId(4), expiresAt: hours(5), ttlAtCreationSeconds: 5 },
      ],
      T0,
    );
    expect(await store.levels(NOW)).toEqual(
      new Map([
        [17, 2],
        [20, 1],
      ]),
    );
    await acquireAll(store, [aRequest(), aRequest({ depth: 20 })], NOW);
    await store.write([{ change: 'stampExpired', batchId: batchId(3) }], T0);
    expect(await store.levels(NOW)).toEqual(new Map());
    await store.write([{ ...seen, batchId: batchId(2), depth: aStamp().depth, withheld: null }], T0);
    expect(await store.levels(NOW)).toEqual(new Map([[17, 1]]));
  });

  test('filters the batches that are or were in the pool, in any state', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 }), aStamp({ n: 3, depth: 22 }));
    await acquireAll(store, [aRequest()], NOW);
    await store.write([{ change: 'stampExpired', batchId: batchId(2) }], T0);
    const asked = Array.from({ length: 2_000 }, (_, n) => batchId(n));
    expect([...(await store.filterPooled(asked))].toSorted()).toEqual([1, 2, 3].map(batchId));
    expect(await store.filterPooled([])).toEqual(new Set());
  });

  test('counts as spent the orders planned since then that were neither rejected nor abandoned', async () => {
    const { store } = current();
    const at = (n: number, plannedAt: Date) => anOrder({ n, plannedAt, amount: 2n ** BigInt(60 + n) });
    await plan(
      store,
      at(1, seconds(-1)),
      at(2, T0),
      at(3, seconds(1)),
      at(4, T0),
      at(5, T0),
      at(6, T0),
      at(7, T0),
    );
    await plan(store, anOrder({ n: 8, node: OTHER }));
    await store.write(
      [
        ...[3, 4, 6, 7].map((n) => ({ change: 'orderSent', id: orderId(n) }) as const),
        { change: 'orderRejected', id: orderId(4), cause: 'no', refusal: 'BAD_REQUEST' },
        { change: 'orderAbandoned', id: orderId(5), cause: 'not sent', atBlock: null },
        { change: 'orderUnknown', id: orderId(6), cause: 'reset' },
        { change: 'orderConfirmed', id: orderId(7), batchId: batchId(7), txHash: null, atBlock: 1_010 },
      ],
      T0,
    );
    const expected = [2, 3, 6, 7].reduce((sum, n) => sum + ((2n ** BigInt(60 + n)) << 17n), 0n);
    expect(await store.spentByNodeSince(NODE, T0)).toBe(expected);
    expect(await store.spentByNodeSince(NODE, hours(1))).toBe(0n);
  });

  test('counts an abandoned order as spent if Bee confirmed it', async () => {
    const { store } = current();
    await plan(store, anOrder({ n: 1 }), anOrder({ n: 2 }));
    const gaveUp = (n: number): readonly Change[] => [
      { change: 'orderUnknown', id: orderId(n), cause: 'reset' },
      { change: 'orderAbandoned', id: orderId(n), cause: 'never seen', atBlock: 1_100 },
    ];
    await store.write(
      [
        { change: 'orderSent', id: orderId(1) },
        { change: 'orderSent', id: orderId(2) },
        { change: 'orderAnswered', id: orderId(2), batchId: batchId(2), txHash: '0xab', atBlock: 1_010 },
        ...gaveUp(1),
        ...gaveUp(2),
      ],
      T0,
    );
    expect(await store.spentByNodeSince(NODE, T0)).toBe(anOrder({ n: 2 }).cost);
  });

  test('has the last block that showed a purchase, and the top-ups shown since the first open or abandoned one of the batch was planned', async () => {
    const { store } = current();
    for (const n of [3, 9, 5]) await buy(store, n);
    await add(store, aStamp({ n: 20 }), aStamp({ n: 21 }), aStamp({ n: 22, node: OTHER }));
    const shown = [20, 20, 20, 21, 22, 23].map((of, index) => aTopUp({ n: 30 + index, of: batchId(of) }));
    await plan(store, ...shown);
    await store.write(
      shown.flatMap(({ id, batchId: of }, index): readonly Change[] => [
        { change: 'orderSent', id },
        { change: 'orderConfirmed', id, batchId: of, txHash: null, atBlock: 2_010 - index },
      ]),
      T0,
    );
    const unsettled = [20, 20, 21, 22].map((of, index) => ({
      ...aTopUp({ n: 40 + index, of: batchId(of), node: of === 22 ? OTHER : NODE }),
      plannedAtBlock: index === 0 ? 2_009 : 2_001 + 7 * index,
    }));
    await plan(store, ...unsettled);
    const failed = unsettled.slice(1);
    await store.write(
      failed.map(({ id }) => ({ change: 'orderAbandoned', id, cause: 'not sent', atBlock: null })),
      T0,
    );
    await store.write([{ change: 'stampExpired', batchId: batchId(20) }], T0);
    const shownTopUps = async (node: typeof NODE) => (await nodeStockOf(store, node)).lastShown.topUps;
    const topUpOf = (n: number) => ({ amount: aTopUp({ n }).amount, atBlock: 2_040 - n });
    expect((await nodeStockOf(store, NODE)).lastShown.purchaseBlock).toBe(1_009);
    expect(await shownTopUps(NODE)).toEqual(new Map([[batchId(20), [topUpOf(31), topUpOf(30)]]]));
    expect(await shownTopUps(OTHER)).toEqual(new Map());
    await plan(store, { ...aTopUp({ n: 50, of: batchId(22), node: OTHER }), plannedAtBlock: 1_000 });
    expect(await shownTopUps(OTHER)).toEqual(new Map([[batchId(22), [topUpOf(34)]]]));
  });

  test('the stamps with a top-up that is open or abandoned are those of the node, by batch id, each counted once', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 5].map((n) => aStamp({ n })), aStamp({ n: 4, node: OTHER }));
    const topUps = [3, 1, 2, 4].map((of, index) => aTopUp({ n: 40 + index, of: batchId(of) }));
    await plan(store, ...topUps);
    await store.write([{ change: 'orderAbandoned', id: orderId(42), cause: 'not sent', atBlock: null }], T0);
    const stockOn = async (node: typeof NODE) => {
      const { toppedUp, depths } = await store.nodeStock(node, NOW);
      return [toppedUp.map((stamp) => stamp.batchId), depths.map(({ available }) => available)];
    };
    expect(await stockOn(NODE)).toEqual([[1, 2, 3].map(batchId), [4]]);
    expect(await stockOn(OTHER)).toEqual([[], [1]]);
    const { nodes } = await store.allocations.poolStock(NOW);
    expect(nodes.map(({ depths }) => depths.map(({ available }) => available))).toEqual([[4], [1]]);
    expect((await store.snapshot(NOW)).depths).toMatchObject([{ depth: 17, available: 5 }]);
  });

  test('a stamp that lives too short is on order on its node while its top-up is open', async () => {
    const { store } = current();
    await add(
      store,
      ...[1, 2, 3].map((n) => aStamp({ n, ttlHours: 11 })),
      ...[4, 5].map((n) => aStamp({ n, ttlHours: 11, node: OTHER })),
    );
    const topUps = [1, 2].map((n) => aTopUp({ n: 40 + n, of: batchId(n) }));
    await plan(store, ...topUps, aTopUp({ n: 44, of: batchId(4), node: OTHER }));
    const moment = momentAt(T0, 12 * 3600);
    const countsOf = (depths: readonly DepthCount[]) =>
      depths.map(({ available, onOrder, tooShortLived }) => [available, onOrder, tooShortLived]);
    const ofNode = async (node: typeof NODE) => countsOf((await store.nodeStock(node, moment)).depths);
    expect([await ofNode(NODE), await ofNode(OTHER)]).toEqual([[[0, 2, 1]], [[0, 1, 1]]]);
    const { nodes } = await store.allocations.poolStock(moment);
    expect(nodes.map(({ depths }) => countsOf(depths))).toEqual([[[0, 2, 1]], [[0, 1, 1]]]);
    expect(countsOf((await store.snapshot(moment)).depths)).toEqual([[0, 3, 2]]);
  });

  test('finds the purchases of all nodes by label, and those of some nodes by amount, in any state', async () => {
    const { store } = current();
    await plan(
      store,
      anOrder({ n: 1, amount: 5n }),
      anOrder({ n: 2, amount: 5n, depth: 20 }),
      anOrder({ n: 3, amount: 6n }),
      anOrder({ n: 4, amount: 5n, node: OTHER }),
      aTopUp({ n: 5, amount: 5n }),
    );
    await store.write([{ change: 'orderAbandoned', id: orderId(2), cause: 'not sent', atBlock: null }], T0);
    let nodes = [NODE];
    const marked = async (...marks: { label: string; amount: bigint }[]) =>
      (
        await store.purchasesMarked(
          nodes,
          marks.map(({ label, amount }) => ({ label, amount: plur(amount) })),
        )
      ).map(({ id }) => id);
    expect(await marked({ label: 'x', amount: 5n })).toEqual([orderId(1), orderId(2)]);
    expect(await marked({ label: 'x', amount: 4n }, { label: orderId(3), amount: 1n })).toEqual([orderId(3)]);
    expect(await marked({ label: orderId(4), amount: 1n }), 'sent to another node').toEqual([orderId(4)]);
    expect(await marked({ label: orderId(5), amount: 1n })).toEqual([]);
    expect(await marked()).toEqual([]);
    nodes = [NODE, OTHER];
    expect(await marked({ label: 'x', amount: 5n })).toEqual([1, 2, 4].map(orderId));
  });

  test('lead times run from the decision to buy until available, of the last 20 purchases, newest first', async () => {
    const { store } = current();
    for (let n = 1; n <= 22; n += 1) await buy(store, n);
    await add(store, aStamp({ n: 100, createdAt: hours(99) }));
    expect(await store.leadTimesSeconds()).toEqual(Array.from({ length: 20 }, (_, i) => 100 + 22 - i));
  });

  test('returns no stamp for an unknown batch', async () => {
    expect(await current().store.stamp(batchId(1))).toBeUndefined();
  });

  test('is empty at first', async () => {
    const { store } = current();
    expect(await nodeStockOf(store, NODE)).toEqual({
      stamps: [],
      openOrders: [],
      abandonedOrders: [],
      lastShown: { purchaseBlock: null, topUps: new Map() },
    });
    expect(await store.levels(NOW)).toEqual(new Map());
    expect(await store.leadTimesSeconds()).toEqual([]);
    expect(await store.demandSince(T0)).toEqual([]);
    expect(await store.spentByNodeSince(NODE, T0)).toBe(0n);
  });

  test('can be disposed of twice, and answers nothing afterwards', async () => {
    const { store } = current();
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await expect(store.levels(NOW)).rejects.toThrow(Error);
    await expect(acquireAll(store, [aRequest()], NOW)).rejects.toThrow(Error);
  });
}

/** Purchase n: planned n hours after T0, available 100 + n seconds later; its transaction was mined in between. */
async function buy(store: Store, n: number): Promise<void> {
  const stamp = aPropagatingStamp({ n, orderId: orderId(n) });
  await plan(store, anOrder({ n, plannedAt: hours(n) }));
  await store.write([{ change: 'orderSent', id: orderId(n) }], hours(n));
  await store.write(
    [
      { change: 'orderConfirmed', id: orderId(n), batchId: stamp.batchId, txHash: null, atBlock: 1_000 + n },
      { change: 'stampAdded', stamp },
    ],
    hours(n),
  );
  const available = new Date(hours(n).getTime() + (100 + n) * 1000);
  await store.write(
    [{ change: 'stampAvailable', batchId: stamp.batchId, expiresAt: hours(500), ttlAtCreationSeconds: 1 }],
    available,
  );
}

const byBatch = (stamps: readonly LiveStamp[]): readonly LiveStamp[] =>
  stamps.toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1));
