import { describe, expect, it } from 'vitest';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { stocked } from '../virtual/stocked.ts';
import type { World } from '../virtual/world.ts';

interface Blindness {
  readonly what: string;
  readonly fault: FaultName;
  readonly settings?: FaultSettings;
  readonly incident: string;
}

/** Each way in which a node cannot be relied on. */
const BLIND: readonly Blindness[] = [
  { what: 'is unreachable', fault: 'down', incident: 'NODE_UNREACHABLE' },
  { what: 'does not answer', fault: 'hang', settings: { method: 'GET' }, incident: 'NODE_UNREACHABLE' },
  { what: 'is syncing', fault: 'syncing503', incident: 'NODE_SYNCING' },
  { what: 'is starting', fault: 'startup503', incident: 'NODE_SYNCING' },
  { what: 'lags behind', fault: 'blockLag', settings: { blocks: 40 }, incident: 'NODE_BEHIND' },
  {
    what: 'estimates an old block as the head of the chain',
    fault: 'tipEstimatedLow',
    incident: 'NODE_BEHIND',
  },
  { what: 'has lost its RPC', fault: 'rpcRefusing', incident: 'NODE_UNREACHABLE' },
  { what: 'has an RPC that hangs', fault: 'rpcHanging', incident: 'NODE_UNREACHABLE' },
  { what: 'has no chain', fault: 'ultraLight403', incident: 'CHAIN_DISABLED' },
  {
    what: 'answers nonsense',
    fault: 'nonJson',
    settings: { method: 'GET' },
    incident: 'NODE_INVALID_RESPONSE',
  },
  {
    what: 'hides behind a proxy’s error',
    fault: 'proxy502',
    settings: { method: 'GET' },
    incident: 'NODE_INVALID_RESPONSE',
  },
  { what: 'knows no price', fault: 'priceZero', incident: 'PRICE_UNKNOWN' },
];

const spent = (world: World): number =>
  world.simulator.chain.ledger.filter(({ payer }) => payer === world.simulator.wallet).length;

describe('no decision rests on stale or partial knowledge', () => {
  it.each(BLIND)(
    'buys, expires and drops nothing while the node $what, gives out its stock, and reports why',
    async ({ fault, settings, incident }) => {
      await using world = await stocked({ 17: 3 });
      world.simulator.faults.set(fault, settings ?? {});
      await world.passBlocks(30);
      const { pool } = world.run.engine;
      expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
      await world.passBlocks(150);
      expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
      await world.passBlocks(150);
      expect(spent(world)).toBe(0);
      expect(world.incidents).toContain(incident);
      expect(
        (await stockOf(world.run.store)).stamps.map(({ state, withheld }) => ({ state, withheld })),
      ).toEqual([{ state: 'available', withheld: null }]);
      world.simulator.faults.clearAll();
      if (world.simulator.node.phase === 'down') world.simulator.node.start();
      await world.full(1000);
      expect(spent(world)).toBe(2);
    },
  );

  it('drops nothing because of an empty list, even if the node seems fresh', async () => {
    await using world = await stocked({ 17: 3 });
    world.simulator.faults.set('stampsEmpty', {});
    await world.run.engine.pool.acquire({}, aCaller('client'));
    await world.passBlocks(8);
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
    world.simulator.faults.clearAll();
    await world.full();
    expect(spent(world)).toBe(2);
  });

  it('drops nothing while the node rebuilds its list from the chain', async () => {
    await using world = await stocked({ 17: 3 });
    world.simulator.node.resync({ blocks: 200 });
    await world.run.engine.pool.acquire({}, aCaller('client'));
    await world.passBlocks(100);
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
    await world.full(400);
    expect(spent(world)).toBe(2);
  });

  it('counts a stamp that is not shown for 120 blocks as lost, buys another, and counts it again when it is shown', async () => {
    await using world = await stocked({ 17: 1 });
    world.simulator.faults.set('stampsEmpty', {});
    await world.maintain();
    await world.until('it is lost', () => world.incidents.includes('STAMP_MISSING'), 500);
    world.simulator.faults.clearAll();
    await world.until('both are available', () => world.run.engine.levels.current.totalAvailable === 2, 400);
    expect(world.run.engine.levels.current.depths).toMatchObject([{ target: 1, available: 2, surplus: 1 }]);
  });
});
