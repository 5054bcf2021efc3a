import { describe, expect, it } from 'vitest';
import { depth, nodeName } from '../../src/domain/units.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { aCaller, NODE } from '../builders.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { NOTHING, spentBy, whatHappensWith } from './another-node.ts';

const GNOSIS = 100;
const SEPOLIA = 11_155_111;

/** The node of `world` with the same key on another chain: it has other batches, a wallet of its own, and another height. */
function onSepolia(world: World): Simulator {
  const other = world.anotherNode(1, { chainId: SEPOLIA });
  expect(other.wallet).toBe(world.simulator.wallet);
  foreignBatches(other, { 17: 3 }, 'from before');
  return other;
}

describe('a node that is pointed at another chain', () => {
  it('keeps its stock withheld: nothing is bought, given out, adopted or settled on what it shows', async () => {
    await using world = await stocked({ 17: 2, 20: 1 }, { policy: { adoption: { from: 'any' } } });
    const other = onSepolia(world);
    world.answerFrom(() => other);
    const run = await world.maintain();
    expect(run.actions).toMatchObject([{ do: 'hold', code: 'NODE_CHANGED' }]);
    expect(run.node.staleReason).toBe(
      `0x${other.wallet} answers on chain ${SEPOLIA}, and the stock is on chain ${GNOSIS}`,
    );
    expect(await whatHappensWith(other, world)).toMatchObject(NOTHING);
  });

  it('is detected while it syncs there', async () => {
    await using world = await stocked({ 17: 1 });
    const other = onSepolia(world);
    other.faults.set('syncing503');
    world.answerFrom(() => other);
    const run = await world.maintain();
    expect(run.actions).toMatchObject([{ do: 'hold', code: 'NODE_CHANGED' }]);
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
  });

  it('is trusted again when it has answered on its own chain for some blocks', async () => {
    await using world = await stocked({ 17: 2 });
    const other = onSepolia(world);
    world.answerFrom(() => other);
    await world.maintain();
    world.answerFrom(() => world.simulator);
    const run = await world.maintain();
    expect(run.node.staleReason).toBe(
      `0x${other.wallet} on chain ${SEPOLIA} answered before, now 0x${other.wallet}: it is trusted again after 1 of 5 observations in a row, 0 of 10 blocks; the stock belongs to 0x${other.wallet}`,
    );
    const { pool } = world.run.engine;
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    await world.passBlocks(20);
    expect(await pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
    await world.full();
    expect([spentBy(world.simulator), spentBy(other)]).toEqual([1, 0]);
  });

  it('is detected after a restart, and after its chain was not shown for some time', async () => {
    await using world = await stocked({ 17: 1 });
    world.simulator.faults.set('nonJson', {
      path: '/wallet',
      body: JSON.stringify({ bzzBalance: '1', nativeTokenBalance: '1' }),
    });
    await world.passBlocks(20);
    expect(world.run.engine.levels.current.totalAvailable).toBe(1);
    await world.kill();
    const other = onSepolia(world);
    world.answerFrom(() => other);
    await world.start();
    await world.maintain();
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'exhausted' });
    expect(world.incidents).toContain('NODE_CHANGED');
  });
});

describe('two nodes on different chains', () => {
  it('are no pool: the one that came later buys nothing, and says so', async () => {
    await using world = new World({ policy: { targets: new Map([[depth(17), 2]]) } });
    await world.start();
    await world.full();
    await world.kill();
    const other = world.addNode('other', 7, { chainId: SEPOLIA });
    await world.start(); // the first node is on disk
    await world.passBlocks(100);
    expect([spentBy(world.simulator), spentBy(other)]).toEqual([2, 0]);
    expect(new Set(world.incidents)).toEqual(new Set(['NODE_CHANGED']));
    const { lastRuns } = await world.run.engine.pool.status();
    const reasonOf = (name: string) => lastRuns.find(({ node }) => node.name === name)?.node.staleReason;
    expect([reasonOf(NODE), reasonOf('other')]).toEqual([
      null,
      `0x${other.wallet} answers on chain ${SEPOLIA}, and the node ${NODE} is on chain ${GNOSIS}: all nodes of a pool are on one chain`,
    ]);
    expect(await world.run.store.node(nodeName('other'))).toBeUndefined();
  });
});
