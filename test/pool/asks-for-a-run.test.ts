import { expect, test } from 'vitest';
import type { Policy } from '../../src/domain/policy.ts';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';

/** How many runs follow this many acquisitions within a few blocks, long before the next regular one. */
async function runsAfter(
  acquisitions: number,
  { stock, ...policy }: Partial<Policy> & { readonly stock: number },
): Promise<number> {
  await using world = await stocked({ 17: stock });
  await world.stop();
  world.set(policy);
  await world.start();
  await world.passBlocks(20); // nothing is propagating any more
  world.simulator.chain.setBalance(world.simulator.wallet, { bzzPlur: 0n, xdaiWei: 0n }); // nothing is bought
  const { engine } = world.run;
  let runs = 0;
  engine.onRun(() => {
    runs += 1;
  });
  for (let n = 0; n < acquisitions; n += 1) await engine.pool.acquire({ depth: 17 }, aCaller('test'));
  await world.passBlocks(2);
  return runs;
}

const targets = new Map([[depth(17), 1]]);

test('an acquisition of surplus asks for no run', async () => {
  expect(await runsAfter(1, { stock: 2, targets })).toBe(0);
});

test('an acquisition that leaves too few asks for a run', async () => {
  expect(await runsAfter(1, { stock: 1, targets })).toBe(1);
});

test.each([1, 2])(
  'with immediate replenishment off, %i acquisitions of one stamp ask for no run',
  async (count) => {
    expect(await runsAfter(count, { stock: 1, targets, immediateReplenish: false })).toBe(0);
  },
);
