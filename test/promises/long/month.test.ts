import { describe, expect, it } from 'vitest';
import { aCaller } from '../../builders.ts';
import { stockOf } from '../../stock-of.ts';
import { World } from '../../virtual/world.ts';
import { HOURLY } from './hourly.ts';

const BLOCKS_A_DAY = 17_280;
const HOUR_BLOCKS = 720;
const PRICES = [24_000n, 36_000n, 30_000n, 60_000n, 45_000n, 24_000n];

describe('a month of pool life', () => {
  it('meets its targets through price changes and steady demand, and no stamp expires', async () => {
    await using world = new World({ policy: HOURLY, simulator: { bzzPlur: 10n ** 18n * 5n } });
    await world.start();
    await world.full();
    let acquired = 0;
    let lowest = Infinity;
    for (let hour = 0; hour < 30 * 24; hour++) {
      if (hour % 120 === 0) world.simulator.chain.setPrice(PRICES[hour / 120] ?? 24_000n);
      if (hour % 36 === 0) {
        const result = await world.run.engine.pool.acquire(
          { size: hour % 72 === 0 ? 'small' : 'medium' },
          aCaller(`client ${hour}`),
        );
        if (result.is === 'acquired') acquired += 1;
      }
      await world.passBlocks(HOUR_BLOCKS);
      lowest = Math.min(
        lowest,
        ...world.run.engine.levels.current.depths.map(({ available, target }) => available / target),
      );
    }
    const { ledger } = world.simulator.chain;
    const creates = ledger.filter(({ kind }) => kind === 'create').length;
    expect(acquired).toBe(20);
    expect(lowest, 'an hour after each acquisition every target is met').toBe(1);
    expect(creates).toBe(acquired + 2);
    expect(ledger.filter(({ kind }) => kind === 'topUp').length).toBeGreaterThan(0);
    expect(world.incidents).toEqual([]);
    expect(world.simulator.chain.tip).toBeGreaterThan(30 * BLOCKS_A_DAY);
  });

  it('lets surplus expire, and reports it', async () => {
    await using world = new World({ policy: HOURLY });
    await world.start();
    await world.full();
    await world.stop();
    world.set({ targets: new Map() });
    await world.start();
    await world.passBlocks(8 * BLOCKS_A_DAY);
    expect(world.incidents).toEqual(['STAMP_EXPIRED', 'STAMP_EXPIRED']);
    expect((await stockOf(world.run.store)).stamps).toEqual([]);
    expect(world.simulator.chain.ledger.filter(({ kind }) => kind === 'topUp')).toEqual([]);
  });
});
