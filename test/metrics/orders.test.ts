import { expect, test } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { World } from '../virtual/world.ts';
import { scrape } from './samples.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };

test('counts a purchase when the node shows it, with its cost and its lead time', async () => {
  await using world = new World({ metered: true, policy: onlySmall });
  await world.start();
  const names = ['gateway_stamp_purchases', 'stamp_pool_spent_bzz', 'stamp_pool_lead_time'];
  expect(await scrape(world, ...names)).toEqual({
    'gateway_stamp_purchases_total{size="small",status="success"}': 0,
    'gateway_stamp_purchases_total{size="small",status="error"}': 0,
    'stamp_pool_spent_bzz_total{kind="purchase"}': 0,
    'stamp_pool_spent_bzz_total{kind="topUp"}': 0,
    stamp_pool_lead_time_seconds_sum: 0,
    stamp_pool_lead_time_seconds_count: 0,
  });
  await world.full();
  const [lead = 0] = await world.run.store.leadTimesSeconds();
  const { items } = await world.run.engine.operations.orders({ first: 9, after: null, states: null });
  const [cost = 0] = items.map(({ item }) => Number(item.cost) / 1e16);
  expect(await scrape(world, ...names)).toEqual({
    'gateway_stamp_purchases_total{size="small",status="success"}': 1,
    'gateway_stamp_purchases_total{size="small",status="error"}': 0,
    'stamp_pool_spent_bzz_total{kind="purchase"}': cost,
    'stamp_pool_spent_bzz_total{kind="topUp"}': 0,
    stamp_pool_lead_time_seconds_sum: lead,
    stamp_pool_lead_time_seconds_count: 1,
  });
  expect(lead).toBeGreaterThan(30);
});

test('counts a refused and an abandoned purchase as errors of the node and of the purchase', async () => {
  await using world = new World({ metered: true, policy: onlySmall });
  world.simulator.faults.set('busy429', { method: 'POST', times: 1 });
  world.simulator.faults.set('error500BeforeBroadcast', { method: 'POST', times: 1 });
  await world.start();
  await world.full(400);
  expect(
    await scrape(world, 'gateway_stamp_purchases', 'gateway_bee_api_errors_total{endpoint="purchase"}'),
  ).toEqual({
    'gateway_bee_api_errors_total{endpoint="purchase"}': 2,
    'gateway_stamp_purchases_total{size="small",status="success"}': 1,
    'gateway_stamp_purchases_total{size="small",status="error"}': 2,
  });
});

test('counts an order of an earlier process when this one settles it', async () => {
  await using world = new World({ metered: true, policy: onlySmall });
  await world.start();
  await world.until('the purchase is sent', () => world.simulator.chain.ledger.length > 0);
  await world.kill();
  await world.start();
  await world.full();
  expect(await scrape(world, 'gateway_stamp_purchases_total', 'stamp_pool_lead_time_seconds_count')).toEqual({
    'gateway_stamp_purchases_total{size="small",status="success"}': 1,
    'gateway_stamp_purchases_total{size="small",status="error"}': 0,
    stamp_pool_lead_time_seconds_count: 1,
  });
});

test('counts a top-up by its cost, and not as a purchase', async () => {
  await using world = new World({
    metered: true,
    policy: { ...onlySmall, defaultDurationSeconds: 30 * 3600 },
  });
  await world.start();
  await world.full();
  const before = await scrape(world, 'gateway_stamp_purchases_total', 'stamp_pool_spent_bzz_total');
  const { chain } = world.simulator;
  const isToppedUp = () => chain.ledger.some(({ kind }) => kind === 'topUp');
  await world.until('a top-up is mined', isToppedUp, 20_000);
  await world.passBlocks(30);
  const topUps = chain.ledger.filter(({ kind }) => kind === 'topUp');
  const paid = topUps.reduce((sum, { amount, depth: of }) => sum + amount * 2n ** BigInt(of), 0n);
  expect(await scrape(world, 'gateway_stamp_purchases_total', 'stamp_pool_spent_bzz_total')).toEqual({
    ...before,
    'stamp_pool_spent_bzz_total{kind="topUp"}': Number(paid) / 1e16,
  });
});

test.each([
  ['health', 'down', {}],
  ['stamps', 'nonJson', { path: '/stamps' }],
  ['wallet', 'nonJson', { path: '/wallet' }],
  ['transactions', 'proxy502', { path: '/transactions' }],
  ['addresses', 'nonJson', { path: '/addresses' }],
  ['chainstate', 'rpcRefusing', {}],
] as const)(
  'counts a failed observation under the endpoint that failed: %s',
  async (endpoint, fault, settings) => {
    await using world = new World({ metered: true });
    await world.start();
    const errors = await scrape(world, 'gateway_bee_api_errors_total');
    expect(Object.keys(errors)).toHaveLength(9);
    expect(Object.values(errors).filter((count) => count !== 0)).toEqual([]);
    world.simulator.faults.set(fault, settings);
    await world.maintain();
    const failed = Object.entries(await scrape(world, 'gateway_bee_api_errors_total')).filter(
      ([, n]) => n > 0,
    );
    expect(failed.map(([name]) => name)).toEqual([`gateway_bee_api_errors_total{endpoint="${endpoint}"}`]);
  },
);
