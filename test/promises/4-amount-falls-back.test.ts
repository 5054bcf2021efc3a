import { expect, it } from 'vitest';
import { stockOf } from '../stock-of.ts';
import { ONE_SHORT_LIVED } from '../virtual/short-lived.ts';
import { World } from '../virtual/world.ts';

const topUps = (world: World): number =>
  world.simulator.chain.ledger.filter(({ kind }) => kind === 'topUp').length;

async function shownTopUp(world: World, count: number): Promise<void> {
  const isShown = async (): Promise<boolean> =>
    topUps(world) === count && (await stockOf(world.run.store)).openOrders.length === 0;
  await world.until(`top-up ${count} is paid and shown`, isShown, 5000);
}

async function theStamp(world: World) {
  const [stamp] = (await stockOf(world.run.store)).stamps;
  if (stamp?.state !== 'available') throw new Error(`it is ${stamp?.state}`);
  return stamp;
}

/** A node that is killed after a top-up shows the old amount again (docs/bee.md#stale-fields). */
it.each(['2.8.1', '2.8.0'] as const)(
  'Bee %s, killed after a top-up was shown, shows the old amount: nothing is paid again, and the next top-up is settled',
  async (version) => {
    await using world = new World({ policy: ONE_SHORT_LIVED, simulator: { version } });
    await world.start();
    await shownTopUp(world, 1);
    const before = await theStamp(world);

    world.simulator.node.restart({ killed: true });
    await world.passBlocks(30);
    await world.maintain();
    const forgotten = await theStamp(world);
    expect(forgotten.amount).toBeLessThan(before.amount);
    expect(Math.abs(forgotten.expiresAt.getTime() - before.expiresAt.getTime())).toBeLessThan(120_000);
    await world.passBlocks(2000);
    expect(topUps(world)).toBe(1);

    world.simulator.chain.setPrice((world.simulator.chain.price * 5n) / 2n);
    await shownTopUp(world, 2);
    await world.passBlocks(2000);
    expect(topUps(world)).toBe(2);
    expect(world.incidents.filter((code) => !code.startsWith('NODE_'))).toEqual([]);
  },
);
