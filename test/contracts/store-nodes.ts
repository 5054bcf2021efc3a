import { expect, test } from 'vitest';
import { depth, nodeName } from '../../src/domain/units.ts';
import type { Store } from '../../src/store/store.ts';
import {
  ADDRESS,
  anOrder,
  aPropagatingStamp,
  aRequest,
  aStamp,
  aTopUp,
  batchId,
  hours,
  momentAt,
  NODE,
  OTHER_ADDRESS,
  orderId,
  seconds,
  T0,
} from '../builders.ts';
import { nodeStockOf, reserveIn, stockOf } from '../stock-of.ts';
import { aPolicy } from '../virtual/world.ts';
import type { StoreUnderTest } from './store.ts';
import { acquireAll, add, batchOf, NOW, plan } from './store-steps.ts';

const OTHER = nodeName('other');
const SEPOLIA = 11_155_111;
const PINNED = { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null } as const;
const CHANGED = { change: 'nodeChanged', node: NODE, other: OTHER_ADDRESS, otherChainId: null } as const;
const RETURNED = { change: 'nodeReturned', node: NODE } as const;
const movedTo = (address: typeof ADDRESS) =>
  ({ change: 'nodeMoved', node: NODE, address, observedAt: null }) as const;

/** Everything that shows how many stamps can be given out. */
async function available(store: Store): Promise<object> {
  const page = await store.availableStamps({ first: 9, after: null, depth: null }, NOW);
  const reserve = reserveIn(await stockOf(store), aPolicy({ acquireMinTtlSeconds: 0 }), T0);
  return {
    levels: Object.fromEntries(await store.levels(NOW)),
    listed: page.items.map(({ item }) => item.batchId),
    counted: reserve.totalAvailable,
  };
}

const NOTHING = { levels: {}, listed: [], counted: 0 };

export function knowingNodes(current: () => StoreUnderTest): void {
  test('has no record of a node that nothing was written about, and gives out its stamps', async () => {
    const { store } = current();
    await add(store, aStamp());
    expect(await store.node(NODE)).toBeUndefined();
    expect(await store.nodes()).toEqual([]);
    expect(await acquireAll(store, [aRequest()], NOW)).toMatchObject([{ is: 'acquired' }]);
  });

  test('keeps the address and the chain that a node was pinned to, and since when', async () => {
    const opened = current();
    await opened.store.write([PINNED], seconds(3));
    const again = await opened.reopen();
    await again.write([{ ...PINNED, chainId: SEPOLIA }], seconds(6));
    await again.write([{ ...PINNED, address: OTHER_ADDRESS, chainId: 100 }], seconds(9));
    expect(await again.node(NODE)).toEqual({
      name: NODE,
      address: ADDRESS,
      pinnedAt: seconds(3),
      chainId: SEPOLIA,
      changed: null,
      observedAt: null,
    });
    expect(await again.nodes()).toEqual([await again.node(NODE)]);
  });

  test('gives out, lists and counts no stamp of a node that has changed, until it returns', async () => {
    const opened = current();
    await add(opened.store, aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 }), aPropagatingStamp({ n: 3 }));
    await opened.store.write([PINNED, CHANGED], T0);
    const store = await opened.reopen();
    expect(await available(store)).toEqual(NOTHING);
    expect(await acquireAll(store, [aRequest(), aRequest({ depth: 20 })], NOW)).toEqual([
      { is: 'exhausted' },
      { is: 'exhausted' },
    ]);
    expect(await store.stamp(batchId(1))).toEqual(aStamp({ n: 1, withheld: 'node_changed' }));
    expect((await nodeStockOf(store, NODE)).stamps.map(({ withheld }) => withheld)).toEqual(
      Array.from({ length: 3 }, () => 'node_changed'),
    );
    await store.write([RETURNED], seconds(9));
    expect(await available(store)).toEqual({
      levels: { 17: 1, 20: 1 },
      listed: [batchId(1), batchId(2)],
      counted: 2,
    });
    expect((await acquireAll(store, [aRequest()], NOW)).map(batchOf)).toEqual([batchId(1)]);
  });

  test('counts what a changed node owns as stock that is not available', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, withheld: 'lost', missingSinceBlock: 1 }));
    await store.write([CHANGED], T0);
    const [level] = reserveIn(await stockOf(store), aPolicy(), T0).depths;
    expect(level).toMatchObject({ depth: 17, available: 0, onOrder: 1 });
    expect(await store.stamp(batchId(2))).toMatchObject({ withheld: 'lost' });
  });

  test('answers a retry of an acquisition from before its node changed', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    const request = aRequest({ idempotencyKey: 'k' });
    const [given] = await acquireAll(store, [request], NOW);
    await store.write([CHANGED], T0);
    expect(await acquireAll(store, [request], NOW)).toEqual([{ ...given, replayed: true }]);
  });

  test('keeps since when a node has changed, and the address that answered last', async () => {
    const { store } = current();
    await store.write([CHANGED], seconds(1));
    expect(await store.node(NODE)).toEqual({
      name: NODE,
      address: null,
      pinnedAt: null,
      chainId: null,
      changed: { other: OTHER_ADDRESS, otherChainId: null, since: seconds(1) },
      observedAt: null,
    });
    await store.write([{ ...CHANGED, other: ADDRESS, otherChainId: SEPOLIA }], seconds(5));
    expect(await store.node(NODE)).toMatchObject({
      changed: { other: ADDRESS, otherChainId: SEPOLIA, since: seconds(1) },
    });
    await store.write([PINNED], seconds(7));
    expect(await store.node(NODE)).toMatchObject({ address: ADDRESS, changed: null });
  });

  test('does not affect other nodes: their stamps are given out in the order of one pool', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 10 }),
      aStamp({ n: 2, ttlHours: 40, node: OTHER }),
      aStamp({ n: 3, ttlHours: 30 }),
      aStamp({ n: 4, ttlHours: 20, node: OTHER }),
      aStamp({ n: 5, depth: 20, node: OTHER }),
      aStamp({ n: 6, depth: 19 }),
    );
    const page = await store.availableStamps({ first: 9, after: null, depth: null }, NOW);
    expect(page.items.map(({ item }) => item.batchId)).toEqual([1, 4, 3, 2, 5, 6].map(batchId));
    expect((await acquireAll(store, [aRequest(), aRequest()], NOW)).map(batchOf)).toEqual(
      [1, 4].map(batchId),
    );
    expect((await acquireAll(store, [aRequest({ depth: 18 })], NOW)).map(batchOf)).toEqual([batchId(6)]);
    await store.write([CHANGED], T0);
    expect(await store.levels(NOW)).toEqual(
      new Map([
        [17, 1],
        [20, 1],
      ]),
    );
    const asked = [aRequest(), aRequest(), aRequest()];
    expect((await acquireAll(store, asked, NOW)).map(batchOf)).toEqual([batchId(2), batchId(5), undefined]);
  });

  awayNodes(current);
  movingNodes(current);
}

const observedAt = (at: Date, node = NODE) => ({ change: 'nodeObserved', node, observedAt: at }) as const;

function awayNodes(current: () => StoreUnderTest): void {
  test('keeps when a node was observed', async () => {
    const opened = current();
    await opened.store.write([observedAt(seconds(1)), PINNED], T0);
    expect(await opened.store.node(NODE)).toMatchObject({ observedAt: null }); // not yet on record then
    await opened.store.write([observedAt(seconds(5))], T0);
    const store = await opened.reopen();
    expect(await store.node(NODE)).toMatchObject({ observedAt: seconds(5) });
    await store.write([movedTo(OTHER_ADDRESS)], T0);
    expect(await store.node(NODE)).toMatchObject({ observedAt: null });
  });

  test('waits for a node at least until a time, if it is known when it was observed', async () => {
    const { store } = current();
    const awaited = (since: Date) => ({ change: 'nodeAwaited', node: NODE, since }) as const;
    await store.write([awaited(seconds(4)), PINNED, awaited(seconds(4))], T0);
    expect(await store.node(NODE)).toMatchObject({ observedAt: null });
    await store.write([observedAt(seconds(5)), awaited(seconds(4))], T0);
    expect(await store.node(NODE)).toMatchObject({ observedAt: seconds(5) });
    await store.write([awaited(seconds(6))], T0);
    expect(await store.node(NODE)).toMatchObject({ observedAt: seconds(6) });
  });

  test.for([
    { what: 'gives out the stamps of a node', after: 3600, reason: null, available: 1, onOrder: 1 },
    { what: 'withholds them as stock', after: 3601, reason: 'node_away', available: 0, onOrder: 2 },
    { what: 'counts them as stock', after: 7200, reason: 'node_away', available: 0, onOrder: 2 },
    { what: 'does not count them', after: 7201, reason: 'node_lost', available: 0, onOrder: 0 },
  ] as const)('$what $after s after its last observation', async (expected) => {
    const { store } = current();
    await store.write([PINNED, observedAt(T0)], T0);
    await add(store, aStamp({ n: 1 }), aPropagatingStamp({ n: 2 }));
    const moment = momentAt(seconds(expected.after));
    const [level] = (await store.snapshot(moment)).depths;
    expect(level).toMatchObject({ available: expected.available, onOrder: expected.onOrder });
    expect((await store.nodeStock(NODE, moment)).depths).toEqual([level]);
    expect((await store.levels(moment)).get(depth(17)) ?? 0).toBe(expected.available);
    const page = await store.availableStamps({ first: 9, after: null, depth: null }, moment);
    expect(page.items).toHaveLength(expected.available);
    expect(await store.stamp(batchId(1), moment)).toMatchObject({ withheld: expected.reason });
    const [outcome] = await acquireAll(store, [aRequest()], moment);
    expect(outcome?.is).toBe(expected.available === 1 ? 'acquired' : 'exhausted');
  });

  test('does not count a missing stamp of a node that is lost, nor one whose node has changed for as long', async () => {
    const { store } = current();
    await store.write([PINNED, CHANGED, observedAt(T0)], T0);
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, withheld: 'missing', missingSinceBlock: 1 }));
    const counted = await Promise.all(
      [7200, 7201].map(async (after) => (await store.snapshot(momentAt(seconds(after)))).depths[0]),
    );
    expect(counted).toMatchObject([
      {
        onOrder: 2,
        withheld: [
          { reason: 'missing', count: 1 },
          { reason: 'node_changed', count: 1 },
        ],
      },
      { onOrder: 0, withheld: [{ reason: 'node_lost', count: 2 }] },
    ]);
  });

  test('gives out the stamps of other nodes and of a new one, and those of the node when it is observed again', async () => {
    const { store } = current();
    await store.write([PINNED, observedAt(T0), { ...PINNED, node: OTHER }, observedAt(hours(2), OTHER)], T0);
    await add(store, aStamp({ n: 1, ttlHours: 10 }), aStamp({ n: 2, ttlHours: 20, node: OTHER }));
    const moment = momentAt(hours(2));
    expect(await store.levels(moment)).toEqual(new Map([[17, 1]]));
    expect((await acquireAll(store, [aRequest(), aRequest()], moment)).map(batchOf)).toEqual([
      batchId(2),
      undefined,
    ]);
    await store.write([observedAt(hours(2))], T0);
    expect((await acquireAll(store, [aRequest()], moment)).map(batchOf)).toEqual([batchId(1)]);
    await add(store, aStamp({ n: 3, ttlHours: 10, node: nodeName('third') }));
    expect((await acquireAll(store, [aRequest()], moment)).map(batchOf)).toEqual([batchId(3)]);
  });
}

function movingNodes(current: () => StoreUnderTest): void {
  test('retires what has not ended when a node moves, and restores it with its address', async () => {
    const opened = current();
    await plan(opened.store, anOrder({ n: 1 }), anOrder({ n: 2 }), anOrder({ n: 3 }), aTopUp({ n: 4 }));
    await opened.store.write(
      [
        PINNED,
        { change: 'stampAdded', stamp: aStamp({ n: 1 }) },
        { change: 'stampAdded', stamp: aPropagatingStamp({ n: 2 }) },
        { change: 'orderAbandoned', id: orderId(2), cause: 'never sent', atBlock: null },
        { change: 'orderSent', id: orderId(3) },
        { change: 'orderRejected', id: orderId(3), cause: 'no', refusal: 'BAD_REQUEST' },
      ],
      T0,
    );
    const before = { stock: await nodeStockOf(opened.store, NODE), available: await available(opened.store) };
    await opened.store.write([CHANGED, movedTo(OTHER_ADDRESS)], seconds(5));

    const store = await opened.reopen();
    expect(await nodeStockOf(store, NODE)).toMatchObject({
      stamps: [],
      openOrders: [],
      abandonedOrders: [],
    });
    expect(await stockOf(store)).toEqual({ stamps: [], openOrders: [] });
    expect(await available(store)).toEqual(NOTHING);
    expect(await acquireAll(store, [aRequest()], NOW)).toEqual([{ is: 'exhausted' }]);
    expect(await store.node(NODE)).toEqual({
      name: NODE,
      address: OTHER_ADDRESS,
      pinnedAt: seconds(5),
      chainId: null,
      changed: null,
      observedAt: null,
    });
    expect(await store.stamp(batchId(1))).toEqual(aStamp({ n: 1, withheld: 'retired' }));
    expect(await store.filterPooled([batchId(1)])).toEqual(new Set([batchId(1)]));

    await store.write([movedTo(ADDRESS)], seconds(9));
    expect(await nodeStockOf(store, NODE)).toEqual(before.stock);
    expect(await available(store)).toEqual(before.available);
  });

  test('retires what has not ended of a node that is given up, and restores it with its address', async () => {
    const opened = current();
    await opened.store.write([PINNED], T0);
    await add(opened.store, aStamp({ n: 1 }), aPropagatingStamp({ n: 2 }), aStamp({ n: 3, node: OTHER }));
    await plan(opened.store, anOrder({ n: 1 }));
    const before = await nodeStockOf(opened.store, NODE);
    await opened.store.write([{ change: 'nodeRetired', node: NODE }], seconds(5));

    const store = await opened.reopen();
    expect(await store.stockedNodes()).toEqual([OTHER]);
    expect(await available(store)).toEqual({ levels: { 17: 1 }, listed: [batchId(3)], counted: 1 });
    expect(await store.node(NODE)).toMatchObject({ address: null, pinnedAt: null, changed: null });
    expect(await store.holdings(T0)).toContainEqual({
      node: NODE,
      address: ADDRESS,
      retired: true,
      liveStamps: 2,
      openOrders: 1,
    });
    await store.write([{ ...PINNED, address: ADDRESS }], seconds(7)); // the node is observed again
    expect(await store.stockedNodes()).toEqual([OTHER]);
    await store.write([movedTo(ADDRESS)], seconds(9));
    expect(await nodeStockOf(store, NODE)).toEqual(before);
  });

  test('retires nothing that has ended, or is of another node, by the same write', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, ttlHours: 1 }), aStamp({ n: 3, node: OTHER }));
    await plan(store, anOrder({ n: 1 }), anOrder({ n: 2 }), anOrder({ n: 3, node: OTHER }));
    await store.write(
      [2, 3].map((n) => ({ change: 'orderSent', id: orderId(n) }) as const),
      T0,
    );
    const missing = { change: 'stampMissing', sinceBlock: 5, withheld: null, lastLostAtBlock: null } as const;
    await store.write(
      [
        { change: 'stampExpired', batchId: batchId(2) },
        { ...missing, batchId: batchId(3) },
        { change: 'orderRejected', id: orderId(2), cause: 'no', refusal: 'BAD_REQUEST' },
        { change: 'orderUnknown', id: orderId(3), cause: 'reset' },
        { change: 'nodeRetired', node: NODE },
      ],
      T0,
    );
    expect(await store.stamp(batchId(1))).toMatchObject({ withheld: 'retired' });
    expect(await store.stamp(batchId(2))).toMatchObject({ state: 'expired' });
    expect(await nodeStockOf(store, OTHER)).toMatchObject({
      stamps: [{ batchId: batchId(3), missingSinceBlock: 5, withheld: null }],
      openOrders: [{ id: orderId(3), state: 'unknown' }],
    });
    const orders = (await store.orders({ first: 9, after: null, states: null })).items.map(
      ({ item }) => item,
    );
    expect(orders).toMatchObject([{ state: 'unknown' }, { state: 'rejected' }, { state: 'planned' }]);
    expect(await store.openOrders()).toMatchObject([{ id: orderId(3) }]);
  });

  test('retires the stock of a node that was never observed', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }));
    await store.write([{ change: 'nodeRetired', node: NODE }], T0);
    expect([await store.stockedNodes(), await available(store)]).toEqual([[], NOTHING]);
  });

  test('keeps the holdings of several addresses apart', async () => {
    const { store } = current();
    await store.write([PINNED], T0);
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, ttlHours: 1 }));
    await store.write([movedTo(OTHER_ADDRESS)], T0);
    await add(store, aStamp({ n: 3 }), aStamp({ n: 4, node: OTHER }));
    await plan(store, anOrder({ n: 1 }));
    const none = { liveStamps: 0, openOrders: 0 };
    const mine = { node: NODE, address: OTHER_ADDRESS, retired: false };
    expect(await store.holdings(T0)).toEqual([
      { ...mine, liveStamps: 1, openOrders: 1 },
      { node: NODE, address: ADDRESS, retired: true, liveStamps: 2, openOrders: 0 },
      { ...none, node: OTHER, address: null, retired: false, liveStamps: 1 },
    ]);
    await store.write([movedTo(ADDRESS)], T0);
    expect(await store.holdings(hours(2))).toEqual([
      { node: NODE, address: ADDRESS, retired: false, liveStamps: 1, openOrders: 0 },
      { ...mine, retired: true, liveStamps: 1, openOrders: 1 },
      { ...none, node: OTHER, address: null, retired: false, liveStamps: 1 },
    ]);
    expect((await nodeStockOf(store, NODE)).stamps.map((stamp) => stamp.batchId)).toEqual(
      [1, 2].map(batchId),
    );
  });

  test('does not change a retired stamp, and does not add it again', async () => {
    const { store } = current();
    await store.write([PINNED], T0);
    await add(store, aStamp({ n: 1 }));
    await store.write([movedTo(OTHER_ADDRESS)], T0);
    await add(store, aStamp({ n: 1, ttlHours: 9 }));
    await store.write([{ change: 'stampExpired', batchId: batchId(1) }], T0);
    expect(await store.stamp(batchId(1))).toEqual(aStamp({ n: 1, withheld: 'retired' }));
  });

  test('changes nothing if a node moves to the address that it has', async () => {
    const { store } = current();
    await store.write([PINNED, CHANGED], seconds(1));
    await add(store, aStamp());
    await store.write([movedTo(ADDRESS)], seconds(5));
    expect(await store.node(NODE)).toMatchObject({ address: ADDRESS, pinnedAt: seconds(1) });
    expect(await available(store)).toEqual(NOTHING);
  });

  test('keeps the stock of a node that had no address before it moves', async () => {
    const { store } = current();
    await add(store, aStamp());
    await store.write([movedTo(ADDRESS)], seconds(5));
    expect(await store.node(NODE)).toMatchObject({ address: ADDRESS, pinnedAt: seconds(5) });
    expect(await acquireAll(store, [aRequest()], NOW)).toMatchObject([{ is: 'acquired' }]);
  });
}
