import { describe, expect, it } from 'vitest';
import { bzzToPlur, depth } from '../../../src/domain/units.ts';
import { stocked } from '../../virtual/stocked.ts';
import { World } from '../../virtual/world.ts';
import { HOURLY } from './hourly.ts';

describe('spending stops at the limits of each day', () => {
  it('buys again after a day, within the limit of each day', async () => {
    await using world = new World({
      policy: { ...HOURLY, targets: new Map([[depth(17), 3]]), maxSpendPerDay: bzzToPlur('0.05') ?? null },
    });
    await world.start();
    const blocksADay = 17_280;
    const bought = () => world.simulator.chain.ledger.length;
    await world.passBlocks(blocksADay - 500);
    expect(bought()).toBe(1);
    await world.passBlocks(blocksADay);
    expect(bought()).toBe(2);
    await world.passBlocks(blocksADay);
    expect(bought()).toBe(3);
  });

  it('replaces a stamp that disappears repeatedly at most once a day, also after a restart, and reports why', async () => {
    await using world = await stocked({ 17: 1 });
    const { faults, chain, wallet } = world.simulator;
    const bought = (): number =>
      chain.ledger.filter(({ kind, payer }) => kind === 'create' && payer === wallet).length;
    const flicker = async (hiddenBlocks: number): Promise<void> => {
      faults.set('stampsEmpty', {});
      await world.maintain();
      await world.passBlocks(hiddenBlocks);
      faults.clear('stampsEmpty');
      await world.passBlocks(40);
    };
    await flicker(124);
    expect(bought()).toBe(1);
    await flicker(200);
    await world.stop();
    await world.start();
    await flicker(200);
    expect(bought()).toBe(1);
    expect(world.run.engine.levels.current.depths).toMatchObject([{ available: 2, withheld: [] }]);
    const { errors } = await world.run.engine.pool.status();
    expect(errors.map(({ code }) => code)).toContain('STAMP_UNSTABLE');
    await world.passBlocks(17_280);
    await flicker(124);
    expect(bought()).toBe(2);
  });
});
