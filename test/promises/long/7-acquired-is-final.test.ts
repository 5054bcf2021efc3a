import { describe, expect, it } from 'vitest';
import { aCaller } from '../../builders.ts';
import { stocked } from '../../virtual/stocked.ts';
import { HOURLY } from './hourly.ts';

describe('an acquired stamp never returns to the pool', () => {
  it('not if it expires, or its owner tops it up or dilutes it', async () => {
    await using world = await stocked({ 17: 1 }, { policy: HOURLY });
    const result = await world.run.engine.pool.acquire({ size: 'small' }, aCaller('client'));
    if (result.is !== 'acquired') throw new Error(result.is);
    const acquired = result.stamp.batchId;
    world.simulator.chain.topUpBatch(acquired, 24_000n * 720n * 100n);
    world.simulator.chain.diluteBatch(acquired, 18);
    const before = await world.run.store.stamp(acquired);
    await world.full();
    await world.passBlocks(10 * 17_280);
    expect(await world.run.store.stamp(acquired)).toEqual(before);
  });
});
