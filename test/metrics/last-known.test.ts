import { expect, test } from 'vitest';
import { HOLD_MEANINGS } from '../../src/domain/action.ts';
import { bzzToPlur, depth, nodeName, parseEthereumAddress, plur } from '../../src/domain/units.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { scrape } from './samples.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };

/** Everything that is known from the node or from a run. */
const OF_NODE = [
  'gateway_wallet',
  'stamp_pool_node',
  'stamp_pool_observation',
  'stamp_pool_wallet',
  'stamp_pool_price',
  'stamp_pool_runway',
  'stamp_pool_held',
  'stamp_pool_idle_cost',
  'stamp_pool_last_run',
  'stamp_pool_full_reserve',
  'stamp_pool_next_replenishment',
  'stamp_pool_daily_limit',
];

test('nothing of the node is shown before anything is known of it', async () => {
  await using world = new World({ metered: true });
  world.simulator.faults.set('hang', {});
  await world.start();
  expect(await scrape(world, ...OF_NODE)).toEqual({});
});

test('a node that was never reached has no values, and is not reachable', async () => {
  await using world = new World({ metered: true });
  world.simulator.faults.set('down', {});
  await world.start();
  const values = await scrape(world, ...OF_NODE);
  const held = Object.entries(values).filter(([name, value]) => name.includes('held{') && value === 1);
  expect(held).toEqual([['stamp_pool_held{reason="node_unreachable"}', 1]]);
  expect(Object.keys(values).filter((name) => !name.includes('held{'))).toEqual([
    'stamp_pool_last_run_timestamp_seconds',
    'stamp_pool_last_run_age_seconds',
    'stamp_pool_node_reachable',
    'stamp_pool_node_fresh',
  ]);
  expect([values['stamp_pool_node_reachable'], values['stamp_pool_node_fresh']]).toEqual([0, 0]);
});

test('values keep while Bee is away and over a restart, with their age', async () => {
  await using world = new World({ metered: true, policy: onlySmall });
  await world.start();
  await world.full();
  await world.maintain();
  const before = await scrape(world, ...OF_NODE);
  const wallet = `{wallet="0x${world.simulator.wallet}"}`;
  expect(before).toMatchObject({
    [`gateway_wallet_bzz_balance${wallet}`]: before['stamp_pool_wallet_bzz'],
    [`gateway_wallet_xdai_balance${wallet}`]: before['stamp_pool_wallet_xdai'],
    'stamp_pool_observation_age_seconds{node="bee"}': 0,
    stamp_pool_node_reachable: 1,
    stamp_pool_price_plur: 24_000,
    stamp_pool_idle_cost_bzz_per_day: (24_000 * 17_280 * 2 ** 17) / 1e16,
  });
  expect(before['stamp_pool_wallet_bzz']).toBeLessThan(100);
  expect(before['stamp_pool_runway_seconds']).toBeGreaterThan(0);

  world.simulator.faults.set('down', {});
  await world.kill();
  await world.start();
  await world.passBlocks(60);
  const changed = {
    'stamp_pool_observation_age_seconds{node="bee"}': expect.closeTo(300, -1),
    'stamp_pool_held{reason="node_unreachable"}': 1,
    stamp_pool_node_reachable: 0,
    stamp_pool_node_fresh: 0,
    stamp_pool_last_run_timestamp_seconds: expect.any(Number),
    stamp_pool_last_run_age_seconds: expect.any(Number),
  };
  expect(await scrape(world, ...OF_NODE)).toEqual({ ...before, ...changed });

  world.simulator.faults.clear('down');
  await world.maintain();
  const after = await scrape(world, ...OF_NODE);
  expect(after['stamp_pool_observation_age_seconds{node="bee"}']).toBe(0);
  expect(after['stamp_pool_node_fresh']).toBe(1);
});

test('values of a node are dropped when its name moves to another address', async () => {
  await using world = new World({ metered: true, policy: onlySmall });
  await world.start();
  await world.full();
  const address = parseEthereumAddress(`0x${'c'.repeat(40)}`);
  await world.run.store.write(
    [{ change: 'nodeMoved', node: nodeName('bee'), address, observedAt: null }],
    world.clock.now(),
  );
  await world.stop();
  world.simulator.faults.set('hang', {});
  await world.start();
  expect(await scrape(world, ...OF_NODE)).toEqual({});
});

test('shows each reason to hold as 0 or 1, from the last run', async () => {
  await using world = new World({ metered: true, policy: { ...onlySmall, maxSpendPerDay: plur(0n) } });
  await world.start();
  const held = await scrape(world, 'stamp_pool_held');
  const codes = Object.keys(HOLD_MEANINGS).filter((code) => code !== 'NOTHING_TO_DO');
  expect(held).toEqual(
    Object.fromEntries(
      codes.map((code) => [`stamp_pool_held{reason="${code.toLowerCase()}"}`, code === 'BUDGET' ? 1 : 0]),
    ),
  );
  await world.stop();
  world.set({ maxSpendPerDay: bzzToPlur('10') ?? plur(0n) });
  await world.start();
  expect(await scrape(world, 'stamp_pool_held{reason="budget"}')).toEqual({
    'stamp_pool_held{reason="budget"}': 0,
  });
});

test('shows the shortest time to live by depth, and nothing for a depth without stock', async () => {
  await using world = await stocked({ 17: 2, 20: 1 }, { metered: true });
  const names = ['stamp_pool_min_ttl', 'gateway_pool_stamp_min_ttl', 'gateway_stamp_pool'];
  const { items } = await world.run.engine.pool.availableStamps({ first: 9, after: null, depth: null });
  const ttl = Math.floor(
    ((items[0]?.item.expiresAt.getTime() ?? 0) - world.run.engine.pool.now().getTime()) / 1000,
  );
  const levels = {
    'gateway_stamp_pool_available{size="small"}': 2,
    'gateway_stamp_pool_available{size="medium"}': 1,
    'gateway_stamp_pool_target{size="small"}': 2,
    'gateway_stamp_pool_target{size="medium"}': 1,
  };
  expect(await scrape(world, ...names)).toEqual({
    ...levels,
    gateway_pool_stamp_min_ttl_seconds: ttl,
    'stamp_pool_min_ttl_seconds{depth="17"}': ttl,
    'stamp_pool_min_ttl_seconds{depth="20"}': expect.any(Number),
  });
  world.set({ acquireMinTtlSeconds: 10 * 365 * 24 * 3600 });
  await world.stop();
  await world.start();
  expect(await scrape(world, ...names)).toEqual({
    ...levels,
    'gateway_stamp_pool_available{size="small"}': 0,
    'gateway_stamp_pool_available{size="medium"}': 0,
  });
});
