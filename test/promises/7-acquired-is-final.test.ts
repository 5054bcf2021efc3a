import { describe, expect, it } from 'vitest';
import { parseBatchId } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import type { World } from '../virtual/world.ts';

/** One stamp, acquired. */
async function acquire(world: World): Promise<string> {
  const result = await world.run.engine.pool.acquire({ size: 'small' }, aCaller('client'));
  if (result.is !== 'acquired') throw new Error(result.is);
  return result.stamp.batchId;
}

describe('an acquired stamp never returns to the pool', () => {
  it('not if the node forgets the use and is resynced, and the process restarts', async () => {
    await using world = await stocked({ 17: 1 });
    const acquired = await acquire(world);
    world.simulator.node.setUtilization(acquired, 2);
    world.simulator.node.setUtilization(acquired, 0);
    world.simulator.node.resync({ keepStampers: false });
    await world.kill();
    await world.start();
    await world.full();
    expect(await acquire(world)).not.toBe(acquired);
  });

  it('not by adoption, from the list or of any batch', async () => {
    await using world = await stocked({ 17: 1 });
    const acquired = await acquire(world);
    for (const adoption of [
      { from: 'list', batchIds: new Set([parseBatchId(acquired)]) },
      { from: 'any' },
    ] as const) {
      world.set({ adoption });
      await world.stop();
      await world.start();
      await world.maintain();
      expect((await world.run.store.stamp(parseBatchId(acquired)))?.state).toBe('acquired');
      const { items } = await world.run.engine.pool.availableStamps({ first: 100, after: null, depth: null });
      expect(items.map(({ item }) => item.batchId)).not.toContain(acquired);
    }
  });
});
