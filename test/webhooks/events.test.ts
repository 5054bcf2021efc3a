import { expect, test } from 'vitest';
import { bzzToPlur, depth, plur } from '../../src/domain/units.ts';
import { aCaller, anOrder, NODE, orderId } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { stocked } from '../virtual/stocked.ts';
import { World, type WorldOptions } from '../virtual/world.ts';

const bzz = (text: string) => bzzToPlur(text) ?? plur(0n);
const of = (count: number) => ({ targets: new Map([[depth(17), count]]) });
const notified: WorldOptions = { notified: true };
const acquire = async ({ run }: World): Promise<void> => {
  const { is } = await run.engine.pool.acquire({}, aCaller('client'));
  if (is !== 'acquired') throw new Error(is);
};
const dataOf = ({ receiver }: World, type: string): unknown =>
  receiver.events.findLast((event) => event.type === type)?.data;
const received = async (world: World, type: string, withinBlocks = 60): Promise<void> =>
  await world.until(`${type} was received`, () => world.receiver.types.includes(type), withinBlocks);

test('a depth that is low and then exhausted is reported once, and so is that it is filled again', async () => {
  await using world = await stocked({ 17: 2 }, notified);
  await acquire(world);
  await received(world, 'reserve.low', 1);
  expect(dataOf(world, 'reserve.low')).toEqual({ depth: 17, size: 'small', available: 1, target: 2 });
  await acquire(world);
  await received(world, 'pool.exhausted', 1);
  await received(world, 'reserve.ok', 200);
  await world.passBlocks(200);
  expect(world.receiver.types).toEqual(['reserve.low', 'pool.exhausted', 'pool.stocked', 'reserve.ok']);
  expect(dataOf(world, 'reserve.ok')).toEqual({ depth: 17, size: 'small', available: 2, target: 2 });
  expect(world.receiver.events[0]).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    timestamp: expect.stringMatching(/^2026-06-01T00:\d\d:\d\d\.\d{3}Z$/),
  });
});

test('a depth that falls between two runs is reported at once', async () => {
  await using world = await stocked({ 17: 1 }, { ...notified, policy: { immediateReplenish: false } });
  await world.passBlocks(30); // nothing is under way: the next run is an interval away
  let runs = 0;
  world.run.engine.onRun(() => void runs++);
  await acquire(world);
  await received(world, 'pool.exhausted', 1);
  expect(runs).toBe(0);
});

test('a node that does not answer is reported once, and so is that it answers again', async () => {
  await using world = await stocked({ 17: 1 }, notified);
  world.simulator.faults.set('down', {});
  await world.passBlocks(400);
  world.simulator.faults.clear('down');
  await received(world, 'node.reachable');
  expect(world.receiver.types).toEqual(['node.unreachable', 'node.reachable']);
  expect(dataOf(world, 'node.unreachable')).toEqual({
    name: 'bee',
    url: 'http://bee:1633',
    why: expect.stringContaining('ECONNREFUSED'),
  });
  expect(dataOf(world, 'node.reachable')).toEqual({ name: 'bee', url: 'http://bee:1633', why: null });
});

test('a canary that fails is reported once, also over a restart, and so is that it works again', async () => {
  let failure: string | null = null;
  const policy = { canaryIntervalSeconds: 60, runIntervalSeconds: 60 };
  await using world = await stocked({ 17: 1 }, { ...notified, policy, upload: async () => failure });
  const ok = async () => world.run.engine.pool.canary(NODE)?.ok;
  await world.until('the canary works', async () => (await ok()) === true);
  failure = 'no peers';
  await received(world, 'canary.failed');
  await world.passBlocks(50);
  await world.stop();
  await world.start();
  await world.until('the canary fails', async () => (await ok()) === false);
  failure = null;
  await received(world, 'canary.ok');
  expect(world.receiver.types).toEqual(['canary.failed', 'canary.ok']);
  expect(dataOf(world, 'canary.failed')).toEqual({ name: 'bee', url: 'http://bee:1633', why: 'no peers' });
  expect(dataOf(world, 'canary.ok')).toEqual({ name: 'bee', url: 'http://bee:1633', why: null });
});

test('a limit of spending that is reached is reported, and its end also if the setting was changed', async () => {
  await using world = await stocked({ 17: 1 }, { ...notified, policy: { maxSpendPerDay: bzz('0.05') } });
  await acquire(world);
  await world.full();
  await acquire(world);
  await received(world, 'budget.reached');
  expect(dataOf(world, 'budget.reached')).toEqual({
    node: 'bee',
    bzz: expect.stringMatching(/^0\.03\d+$/),
    limitBzz: '0.05',
    why: expect.stringMatching(/STAMP_POOL_MAX_SPEND_BZZ_PER_DAY/),
  });
  await world.stop();
  world.set({ maxSpendPerDay: bzz('1') });
  await world.start();
  await world.passBlocks(110);
  expect(world.receiver.types).not.toContain('budget.ok');
  await received(world, 'budget.ok', 15);
  expect(dataOf(world, 'budget.ok')).toMatchObject({ limitBzz: '1', why: null });
});

test('funds that last for few days, do not pay the next refill, or leave no gas are reported, and their end', async () => {
  await using world = await stocked({ 17: 1 }, notified);
  const { chain, wallet } = world.simulator;
  const holds = async (balance: Parameters<typeof chain.setBalance>[1], type: string): Promise<unknown> => {
    const count = world.receiver.events.length;
    chain.setBalance(wallet, balance);
    await world.maintain();
    await world.passBlocks(1);
    expect(world.receiver.types.slice(count)).toEqual([type]);
    return dataOf(world, type);
  };
  await acquire(world);
  await world.full();
  await world.passBlocks(20);
  const start = world.receiver.events.length;
  expect(await holds({ bzzPlur: bzz('0.03') }, 'runway.short')).toEqual({
    node: 'bee',
    bzz: '0.03',
    xdai: expect.any(String),
    days: expect.any(Number),
    thresholdDays: 7,
    nextRefillBzz: '0',
    why: expect.stringMatching(/^the BZZ lasts [\d.]+ days, less than 7$/),
  });
  await holds({ bzzPlur: bzz('100') }, 'runway.ok');
  expect(await holds({ xdaiWei: 0n }, 'runway.short')).toMatchObject({
    why: expect.stringMatching(/^the wallet has 0 xDAI for gas/),
  });
  await holds({ xdaiWei: 10n ** 18n }, 'runway.ok');
  expect(world.receiver.types.slice(start)).toHaveLength(4);
});

test('a purchase of unknown outcome is reported once, and once more if it is abandoned', async () => {
  await using world = await stocked({ 17: 1 }, notified);
  world.simulator.faults.set('error500BeforeBroadcast', { times: 1 });
  await acquire(world);
  await received(world, 'purchase.failed', 200);
  const purchases = world.receiver.events.filter(({ type }) => type.startsWith('purchase'));
  const { items } = await world.run.store.orders({ first: 9, after: null, states: ['abandoned'] });
  const data = {
    orderId: items[0]?.item.id,
    node: 'bee',
    depth: 17,
    costBzz: expect.stringMatching(/^0\.03/),
  };
  expect(purchases).toMatchObject([
    { type: 'purchase.unknown', data: { ...data, cause: expect.stringContaining('500') } },
    { type: 'purchase.failed', data: { ...data, cause: expect.stringContaining('not on the chain') } },
  ]);
  await world.passBlocks(100);
  await world.stop();
  await world.start();
  await world.passBlocks(150);
  expect(world.receiver.types.filter((type) => type === 'purchase.failed')).toHaveLength(1);
});

test('a purchase that failed right before a crash is reported soon after the start; one that failed before there was a receiver is not', async () => {
  await using world = new World({ ...notified, policy: { targets: new Map() } });
  const fail = async (n: number): Promise<void> => {
    await using store = await world.openStore();
    const order = anOrder({ n, plannedAt: world.clock.now() });
    const abandoned = { change: 'orderAbandoned', id: order.id, cause: 'unsent', atBlock: null } as const;
    await store.write([{ change: 'orderPlanned', order }, abandoned], world.clock.now());
  };
  await fail(1);
  await world.passBlocks(1);
  await world.start();
  await world.passBlocks(10);
  await world.stop();
  await fail(2);
  await world.passBlocks(10);
  await world.start();
  await world.passBlocks(50); // less than the hold of a first run
  expect(world.receiver.events.map(({ type, data }) => [type, data])).toEqual([
    ['purchase.failed', expect.objectContaining({ orderId: orderId(2), cause: 'unsent' })],
  ]);
});

test('a refusal because the node is busy is not reported, a purchase that comes back is reported as unknown only', async () => {
  await using world = await stocked({ 17: 1 }, notified);
  world.simulator.faults.set('busy429', { times: 1 });
  world.simulator.faults.set('error500AfterBroadcast', { times: 1 });
  await acquire(world);
  await world.full();
  await world.passBlocks(50);
  expect(world.incidents).toEqual(expect.arrayContaining(['BUSY', 'PURCHASE_UNKNOWN']));
  expect(world.receiver.types.filter((type) => type.startsWith('purchase'))).toEqual(['purchase.unknown']);
});

test('a stamp that is missing, then lost, is reported as each; one in use as withheld', async () => {
  await using world = await stocked({ 17: 1, 20: 1 }, notified);
  const [small, medium] = (await stockOf(world.run.store)).stamps.toSorted((a, b) => a.depth - b.depth);
  world.simulator.node.setUtilization(medium?.batchId ?? '', 1);
  await world.maintain();
  await received(world, 'stamp.withheld');
  world.simulator.faults.set('stampsEmpty', {});
  await world.maintain();
  await received(world, 'stamp.lost', 200);
  world.simulator.faults.clear('stampsEmpty');
  await world.passBlocks(200);
  expect(
    world.receiver.events
      .filter(({ type }) => type.startsWith('stamp'))
      .map(({ type, data }) => [type, data]),
  ).toEqual([
    ['stamp.withheld', { batchId: medium?.batchId, node: 'bee', depth: 20, reason: 'in_use' }],
    ['stamp.withheld', { batchId: small?.batchId, node: 'bee', depth: 17, reason: 'missing' }],
    ['stamp.lost', { batchId: small?.batchId, node: 'bee', depth: 17, reason: 'lost' }],
  ]);
});

test('what the first run finds is reported only if it lasts for ten minutes', async () => {
  await using filling = new World({ ...notified, policy: of(1) });
  await filling.start();
  await filling.full();
  await filling.passBlocks(150);
  expect(filling.receiver.requests).toEqual([]);

  await using unreachable = new World({ ...notified, policy: of(1) });
  unreachable.simulator.faults.set('down', {});
  await unreachable.start();
  await unreachable.passBlocks(118);
  expect(unreachable.receiver.requests).toEqual([]);
  await unreachable.passBlocks(4);
  expect(unreachable.receiver.types.toSorted()).toEqual([
    'node.unreachable',
    'pool.exhausted',
    'reserve.low',
  ]);
  await unreachable.stop();
  await unreachable.start();
  await unreachable.passBlocks(200);
  expect(unreachable.receiver.types).toHaveLength(3); // a restart repeats nothing
});

test('nothing is observed without a receiver', async () => {
  await using world = await stocked({ 17: 1 });
  await acquire(world);
  await world.passBlocks(50);
  expect((await world.run.store.outbox.deliveries({ first: 9, after: null, statuses: null })).items).toEqual(
    [],
  );
});
