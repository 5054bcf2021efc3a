import { describe, expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { World } from '../virtual/world.ts';

const BLOCKS_A_DAY = 17_280;

const canaryOf = async ({ run }: World) => (await run.engine.pool.status()).nodes[0]?.canary ?? null;
const bought = ({ simulator }: World): number =>
  simulator.chain.ledger.filter(({ kind }) => kind === 'create').length;

/** A pool with one small stamp as its target, which adopts whatever it may, and whose node has a usable canary. */
async function withCanary(): Promise<World> {
  const world = new World({
    policy: {
      targets: new Map([[depth(17), 1]]),
      canaryIntervalSeconds: 900,
      defaultDurationSeconds: 48 * 3600,
      adoption: { from: 'any' },
    },
  });
  await world.start();
  await world.full();
  await world.until('the canary is usable', async () => (await canaryOf(world))?.usable === true);
  return world;
}

describe('the canary of a node', () => {
  it('is in no level and no list, and neither adopted after a restart nor acquired', async () => {
    await using world = await withCanary();
    const canary = await canaryOf(world);
    await world.stop();
    world.set({ targets: new Map([[depth(17), 2]]), immediateReplenish: false });
    await world.start();
    await world.full();
    expect(bought(world)).toBe(3);
    const { pool, levels } = world.run.engine;
    expect(levels.current.depths).toMatchObject([{ depth: 17, available: 2, onOrder: 0, withheld: [] }]);
    const { items } = await pool.availableStamps({ first: 9, after: null, depth: null });
    const taken = await Promise.all(['a', 'b', 'c'].map((name) => pool.acquire({}, aCaller(name))));
    expect(taken.map((result) => result.is)).toEqual(['acquired', 'acquired', 'exhausted']);
    const given = taken.flatMap((result) => (result.is === 'acquired' ? result.stamp.batchId : []));
    expect(given.toSorted()).toEqual(items.map(({ item }) => item.batchId).toSorted());
    expect(given).not.toContain(canary?.batchId);
    expect(await canaryOf(world)).toMatchObject({ batchId: canary?.batchId });
  });

  it('is mutable, and replaced before it ends: there is never another one beside it for long', async () => {
    await using world = await withCanary();
    const first = await canaryOf(world);
    expect(world.simulator.chain.batches.get(first?.batchId ?? '')?.immutable).toBe(false);
    world.simulator.node.setUtilization(first?.batchId ?? '', 1);
    await world.passBlocks(2 * BLOCKS_A_DAY);
    const second = await canaryOf(world);
    expect(second?.batchId).not.toBe(first?.batchId);
    expect(second?.usable).toBe(true);
    const { items } = await world.run.store.orders({ first: 99, after: null, states: null });
    const canaries = items.filter(({ item }) => item.kind === 'purchase' && item.purpose === 'canary');
    expect(canaries.map(({ item }) => item.state)).toEqual(['confirmed', 'confirmed']);
    const topUps = world.simulator.chain.ledger.filter(({ kind }) => kind === 'topUp');
    expect(topUps.map(({ batchId }) => batchId)).not.toContain(first?.batchId);
    expect(world.incidents).toEqual([]);
  });

  it('is not bought again when the outcome of its purchase is lost', async () => {
    await using world = new World({ policy: { targets: new Map(), canaryIntervalSeconds: 900 } });
    world.simulator.faults.set('error500AfterBroadcast', { method: 'POST', times: 1 });
    await world.start();
    await world.until('the canary is usable', async () => (await canaryOf(world))?.usable === true);
    await world.passBlocks(200);
    expect(bought(world)).toBe(1);
    expect(world.incidents).toEqual(['PURCHASE_UNKNOWN']);
    expect(world.run.engine.levels.current.depths).toEqual([]);
  });
});
