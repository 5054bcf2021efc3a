import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { freshness } from '../../src/domain/observation.ts';
import { claimedIn, filterKnown, readStock, settleNode } from '../../src/reconciler/settle-node.ts';
import { anOrder, aStamp, aTopUp, batchId, NODE, orderId, seconds, T0 } from '../builders.ts';
import { nodeStockOf } from '../stock-of.ts';
import { withMembers } from '../store/with-members.ts';
import { aNode } from './a-node.ts';
import { aClaim, anObservation, batchOf, seenOf, sent, TIP } from './plan-input.ts';

const SENT = sent(anOrder());
const sentOnDisk: readonly Change[] = [
  { change: 'orderPlanned', order: anOrder() },
  { change: 'orderSent', id: orderId(1) },
];
const confirmedOnDisk: readonly Change[] = [
  ...sentOnDisk,
  { change: 'orderConfirmed', id: orderId(1), batchId: batchId(9), txHash: null, atBlock: 1_000 },
];

describe('an answer that has arrived', () => {
  it('leaves what the same run settles from what the node shows', async () => {
    await using node = await aNode(sentOnDisk);
    await node.receive({ is: 'unknown', cause: 'reset' });
    await node.settle();
    const { openOrders } = await nodeStockOf(node.parts.store, NODE);
    expect(openOrders).toMatchObject([{ state: 'unknown', cause: 'reset', noPendingSinceBlock: TIP }]);
    expect(node.reported).toEqual([
      { code: 'PURCHASE_UNKNOWN', subject: orderId(1), detail: `Order ${orderId(1)}: reset.` },
    ]);
    expect([node.parts.inFlight.busy, node.parts.backOff.until]).toEqual([false, null]);
  });

  it('trips the back-off if it is a refusal, until a request is accepted', async () => {
    await using node = await aNode(sentOnDisk);
    await node.receive({ is: 'refused', code: 'BUSY', message: 'no' });
    await node.settle();
    expect((await nodeStockOf(node.parts.store, NODE)).openOrders).toEqual([]);
    const backingOff = { until: seconds(2), reason: 'no' };
    expect(node.parts.backOff.until).toEqual(backingOff);
    await node.settle();
    expect(node.parts.backOff.until, 'without an answer').toEqual(backingOff);
    expect(node.events).toEqual([{ is: 'rejected', kind: 'purchase', depth: 17, cost: anOrder().cost }]);
    const second = anOrder({ n: 2 });
    await node.parts.store.write(
      [
        { change: 'orderPlanned', order: second },
        { change: 'orderSent', id: second.id },
      ],
      T0,
    );
    await node.receive({ is: 'bought', batchId: batchId(8), txHash: '0x1' }, sent(second));
    await node.settle();
    expect(node.parts.backOff.until).toBeNull();
  });

  it('is not forgotten if it cannot be written', async () => {
    await using node = await aNode(sentOnDisk);
    await node.receive({ is: 'unknown', cause: 'reset' });
    const { store } = node.parts;
    await store.leases.release(node.parts.tenure.lease);
    await expect(node.settle()).rejects.toThrow('lease');
    expect(node.parts.inFlight.peek(0)).toMatchObject({ answer: { cause: 'reset' } });
    expect(node.reported).toEqual([]);
  });
});

describe('a batch with the amount of a purchase that another batch accounts for', () => {
  const twin = { ...batchOf(), batchId: batchId(10) };

  it('is reported once per process and hour, and is left to the rest of the run', async () => {
    await using node = await aNode(confirmedOnDisk);
    const settled = await node.settle({ stamps: [twin] });
    expect(settled).toEqual({ recovered: 0, unpooled: [twin], unaccounted: new Set([twin.batchId]) });
    expect(node.reported).toMatchObject([{ code: 'PURCHASE_UNACCOUNTED', subject: batchId(10) }]);
    const reminded = () => node.parts.incidents.recent().map(({ subject }) => subject);
    expect(reminded()).toEqual([]);
    await node.settle({ stamps: [twin] });
    expect(node.reported).toHaveLength(1);
    expect(reminded()).toEqual([batchId(10)]);
    node.parts.reportedUnpooled.clear();
    await node.settle({ stamps: [twin] });
    expect(node.reported).toHaveLength(2);
  });

  it('is not reported if it accounts for no purchase', async () => {
    await using node = await aNode(confirmedOnDisk);
    const other = batchOf(anOrder({ n: 7 }), { batchId: batchId(11), label: 'a label' });
    await node.settle({ stamps: [other] });
    expect(node.reported).toEqual([]);
  });
});

it('a second batch that matches a purchase is reported once in the run that confirms it, and is not adopted by itself', async () => {
  await using node = await aNode(sentOnDisk);
  const twin = { ...batchOf(), batchId: batchId(10), label: 'recovered' };
  const { unaccounted } = await node.settle({ stamps: [batchOf(), twin] });
  expect(node.reported).toMatchObject([
    { code: 'PURCHASE_UNKNOWN', subject: orderId(1) },
    { code: 'PURCHASE_AMBIGUOUS', subject: batchId(10) },
  ]);
  expect(unaccounted).toEqual(new Set([batchId(10)]));
});

it('a purchase that the node shows before Bee answers becomes a stamp, and its request is over', async () => {
  await using node = await aNode(sentOnDisk);
  node.parts.inFlight.start(SENT, 0, () => new Promise(() => {}));
  expect(await node.settle({ stamps: [batchOf()] })).toEqual({
    recovered: 1,
    unpooled: [],
    unaccounted: new Set(),
  });
  const { stamps, openOrders } = await nodeStockOf(node.parts.store, NODE);
  expect([openOrders, stamps]).toMatchObject([[], [{ batchId: batchId(9), orderId: orderId(1) }]]);
  expect(node.parts.inFlight.busy).toBe(false);
  expect(node.events.map(({ is }) => is)).toContain('confirmed');
});

it('each stamp that becomes available is reported once, with its lead time', async () => {
  await using node = await aNode([]);
  const delivered = () => node.events.filter(({ is }) => is === 'delivered');
  const orders = [1, 2].map((n) => anOrder({ n, plannedAt: seconds(-60 * n) }));
  for (const [index, order] of orders.entries()) {
    const sentChanges: readonly Change[] = [
      { change: 'orderPlanned', order },
      { change: 'orderSent', id: order.id },
    ];
    await node.parts.store.write(sentChanges, T0);
    const shown = orders.slice(0, index + 1).map((of, n) => batchOf(of, { batchId: batchId(n + 20) }));
    await node.settle({ stamps: shown });
    expect(delivered()).toHaveLength(index + 1);
    expect(delivered().at(-1)).toMatchObject({ kind: 'purchase', leadTimeSeconds: 60 * (index + 1) });
  }
});

it('batches are known if they are or were in the pool, or a canary, and claimed by answers to purchases', async () => {
  await using node = await aNode([
    { change: 'stampAdded', stamp: aStamp({ n: 3 }) },
    ...sentOnDisk,
    { change: 'orderAnswered', id: orderId(1), batchId: batchId(9), txHash: '0x1', atBlock: 5 },
  ]);
  const { store } = node.parts;
  expect(await filterKnown(store, [batchId(3), batchId(4)])).toEqual(new Set([batchId(3)]));
  expect(claimedIn(await readStock(node.parts))).toEqual([batchId(9)]);
  const others = [anOrder(), sent(anOrder()), sent(aTopUp(), aClaim(1))];
  expect(claimedIn({ ...(await readStock(node.parts)), openOrders: others })).toEqual([]);
});

it('an incident that an earlier process has left is reported once', async () => {
  const incident = { code: 'PURCHASE_LATE', subject: orderId(7), detail: 'a detail' } as const;
  await using node = await aNode([{ change: 'incidentDue', node: NODE, incident }]);
  await node.settle();
  await node.settle();
  expect(node.reported).toEqual([incident]);
  expect(await node.parts.store.dueIncidents.ofNode(NODE)).toEqual([]);
});

it('nothing is written if nothing has changed', async () => {
  const stamp = aStamp();
  await using node = await aNode([
    { change: 'stampAdded', stamp },
    { change: 'stampAvailable', ...stamp },
  ]);
  await node.settle({ stamps: [seenOf(stamp)] });
  expect(node.writes).toEqual([]);
});

it('the stamps of a large stock are compared in slices, and written a hundred at a time', async () => {
  const stamps = Array.from({ length: 250 }, (_, n) => aStamp({ n: n + 1 }));
  await using node = await aNode(stamps.map((stamp) => ({ change: 'stampAdded', stamp })));
  await node.settle();
  expect(node.writes.map((changes) => changes.length)).toEqual([100, 100, 50]);
  expect(new Set(node.writes.flat().map((change) => 'batchId' in change && change.batchId)).size).toBe(250);
});

it('the store is asked only about batches that are not known to be stamps of the pool', async () => {
  const [stamp, other] = [aStamp({ n: 1 }), seenOf(aStamp({ n: 2 }))];
  await using node = await aNode([{ change: 'stampAdded', stamp }]);
  const asked: string[] = [];
  const store = withMembers(node.parts.store, {
    filterPooled: async (batchIds) => {
      asked.push(...batchIds);
      return new Set();
    },
  });
  const seen = freshness(anObservation({ stamps: [seenOf(stamp), other] }));
  const { unpooled } = await settleNode({ ...node.parts, store }, seen, () => {});
  expect([asked, unpooled]).toEqual([[batchId(2)], [other]]);
});
