import { describe, expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { NOTHING, spentBy, whatHappensWith } from './another-node.ts';

const addressOf = ({ wallet }: Simulator): string => `0x${wallet}`;

/** A pool whose first purchase was sent and is not answered. */
async function purchaseUnderWay(): Promise<World> {
  const world = new World({ policy: { targets: new Map([[depth(17), 1]]) } });
  await world.start();
  await world.until('a purchase is sent', async () => {
    const { openOrders } = await stockOf(world.run.store);
    return openOrders.some(({ state }) => state === 'sent');
  });
  return world;
}

/** Waits until the stock is available again. */
const trusted = (world: World): Promise<void> =>
  world.until('the node is trusted again', async () => {
    const { lastRun } = await world.run.engine.pool.status();
    return lastRun?.node.fresh === true;
  });

describe('another node at the same address', () => {
  it('is detected: nothing is bought, given out, adopted or settled on what it shows', async () => {
    await using world = await stocked({ 17: 2, 20: 1 }, { policy: { adoption: { from: 'any' } } });
    const other = world.anotherNode(99);
    foreignBatches(other, { 17: 3, 20: 3 }, 'from before');
    world.answerFrom(() => other);
    await world.maintain();
    expect(await whatHappensWith(other, world)).toMatchObject(NOTHING);
  });

  it('is reported to the operator with both addresses, and to subscribers as levels', async () => {
    await using world = await stocked({ 17: 2 });
    const other = world.anotherNode(99);
    const levels = world.run.engine.pool.watchLevels();
    expect((await levels.next()).value).toMatchObject({ totalAvailable: 2 });
    world.answerFrom(() => other);
    const run = await world.maintain();
    expect((await levels.next()).value).toMatchObject({
      totalAvailable: 0,
      depths: [{ depth: 17, available: 0, onOrder: 2, low: true }],
    });
    const both = new RegExp(`${addressOf(other)} answers.* belongs to ${addressOf(world.simulator)}`);
    expect(run.actions).toEqual([
      { do: 'hold', code: 'NODE_CHANGED', depth: null, cost: null, reason: expect.stringMatching(both) },
    ]);
    const { errors, nodes, reserve } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([{ code: 'NODE_CHANGED', message: expect.stringMatching(both) }]);
    expect(nodes).toMatchObject([
      {
        fresh: false,
        address: addressOf(world.simulator),
        seenAddress: addressOf(other),
        staleReason: expect.stringMatching(both),
        wallet: null,
      },
    ]);
    expect(reserve.totalAvailable).toBe(0);
    expect(await world.run.engine.pool.availableStamps({ first: 9, after: null, depth: null })).toMatchObject(
      {
        items: [],
      },
    );
  });

  it('is detected also while it is starting or syncing', async () => {
    for (const fault of ['startup503', 'syncing503', 'rpcRefusing'] as const) {
      await using world = await stocked({ 17: 1 });
      const other = world.anotherNode(99);
      other.faults.set(fault);
      world.answerFrom(() => other);
      await world.maintain();
      expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    }
  });

  it('does not prevent a replay of an acquisition', async () => {
    await using world = await stocked({ 17: 2 });
    const { pool } = world.run.engine;
    const given = await pool.acquire({ idempotencyKey: 'k' }, aCaller('client'));
    const other = world.anotherNode(99);
    world.answerFrom(() => other);
    await world.maintain();
    expect(await pool.acquire({ idempotencyKey: 'k' }, aCaller('client'))).toEqual({
      ...given,
      replayed: true,
    });
    expect(await pool.acquire({ idempotencyKey: 'l' }, aCaller('client'))).toMatchObject({ is: 'exhausted' });
  });

  it('no longer counts when the right node has answered for some blocks', async () => {
    await using world = await stocked({ 17: 2 });
    const other = world.anotherNode(99);
    const { pool } = world.run.engine;
    world.answerFrom(() => other);
    await world.maintain();
    world.answerFrom(() => world.simulator);
    const tip = world.simulator.chain.tip;
    const run = await world.maintain();
    expect(run.actions).toMatchObject([{ code: 'NODE_CHANGED', reason: expect.stringContaining('1 of 5') }]);
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    await trusted(world);
    expect(world.simulator.chain.tip - tip).toBeGreaterThanOrEqual(10);
    expect(world.simulator.chain.tip - tip).toBeLessThan(20);
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
    await world.full();
    expect([spentBy(world.simulator), spentBy(other)]).toEqual([1, 0]);
  });

  it('still counts after a restart, also while no node answers', async () => {
    await using world = await stocked({ 17: 2 });
    const other = world.anotherNode(99);
    world.answerFrom(() => other);
    await world.maintain();
    await world.kill();
    world.answerFrom(() => world.simulator);
    world.simulator.faults.set('down');
    await world.start();
    const { pool, levels } = world.run.engine;
    expect(levels.current.totalAvailable).toBe(0);
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    await world.passBlocks(50);
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    world.simulator.faults.clearAll();
    await trusted(world);
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
  });

  it('does not prevent that the answer to a purchase is recorded, and the purchase settled later', async () => {
    await using world = await purchaseUnderWay();
    const other = world.anotherNode(99);
    world.answerFrom(() => other);
    await world.passBlocks(200);
    expect(spentBy(world.simulator)).toBe(1);
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    world.answerFrom(() => world.simulator);
    await world.full();
    expect([spentBy(world.simulator), spentBy(other)]).toEqual([1, 0]);
  });

  it('settles no unknown purchase: the right node does, when it answers again', async () => {
    await using world = await purchaseUnderWay();
    const other = world.anotherNode(99);
    foreignBatches(other, { 17: 1 });
    world.answerFrom(() => other);
    await world.kill();
    await world.start();
    await world.maintain();
    const before = await stockOf(world.run.store);
    expect(before).toMatchObject({
      stamps: [],
      openOrders: [{ state: 'unknown', noPendingSinceBlock: null }],
    });
    await world.passBlocks(200);
    expect(await stockOf(world.run.store)).toEqual(before);
    world.answerFrom(() => world.simulator);
    await world.full();
    expect(spentBy(other)).toBe(0);
  });

  it.each([
    ['two nodes in turn', 2],
    ['three nodes in turn', 3],
  ])('is noticed behind a balancer over %s, from the first observation on', async (_what, count) => {
    await using world = new World();
    const nodes = [world.simulator, world.anotherNode(98), world.anotherNode(99)].slice(0, count);
    world.answerFrom((n) => nodes[n % count] ?? world.simulator);
    await world.start();
    await world.passBlocks(300);
    expect(nodes.map(spentBy)).toEqual(nodes.map(() => 0));
    expect(new Set(world.incidents)).toEqual(new Set(['NODE_CHANGED']));
    world.answerFrom(() => world.simulator);
    await world.full();
    expect(nodes.map(spentBy)).toEqual([2, 0, 0].slice(0, count));
  });

  it('is detected by a dry run, which requests a run that writes it', async () => {
    await using world = await stocked({ 17: 1 });
    const other = world.anotherNode(99);
    world.answerFrom(() => other);
    const preview = await world.maintain({ dryRun: true });
    expect(preview.actions).toMatchObject([{ do: 'hold', code: 'NODE_CHANGED' }]);
    await world.step();
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
  });
});
