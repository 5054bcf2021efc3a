import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { HOUR_SECONDS } from '../../src/domain/durations.ts';
import { justAway } from '../../src/domain/node.ts';
import { depth, nodeName, parseEthereumAddress } from '../../src/domain/units.ts';
import { momentOf } from '../../src/store/moment.ts';
import { type Store } from '../../src/store/store.ts';
import { aCaller, NODE } from '../builders.ts';
import { withMembers } from '../store/with-members.ts';
import { paidFor } from '../virtual/purchases.ts';
import { stocked } from '../virtual/stocked.ts';
import { aPolicy, World } from '../virtual/world.ts';

/** Long enough for a run, and a multiple of the block time. */
const AWAY_SECONDS = 600;
const policy = { nodeAwaySeconds: AWAY_SECONDS };

const passSeconds = (world: World, seconds: number): Promise<void> => world.passBlocks(seconds / 5);

const acquire = (world: World) => world.run.engine.pool.acquire({}, aCaller('client'));

const levelOf = (world: World) =>
  world.run.engine.levels.current.depths.find((level) => level.depth === depth(17));

it('gives out stock of a node for the time that the operator sets after its last complete observation, and no longer', async () => {
  await using world = await stocked({ 17: 4 }, { policy });
  world.simulator.faults.set('down', {});
  await passSeconds(world, AWAY_SECONDS - 300);
  expect(await acquire(world)).toMatchObject({ is: 'acquired' });
  await passSeconds(world, 300 + 60);
  expect(await acquire(world)).toMatchObject({ is: 'exhausted', alternatives: [] });
  await passSeconds(world, 60);
  expect(world.incidents).toContain('NODE_AWAY');
  expect(levelOf(world)).toMatchObject({
    available: 0,
    onOrder: 3,
    withheld: [{ reason: 'node_away', count: 3 }],
  });
  await passSeconds(world, AWAY_SECONDS);
  expect(levelOf(world)).toMatchObject({ available: 0, onOrder: 0, withheld: [{ reason: 'node_lost' }] });

  world.simulator.faults.clearAll();
  world.simulator.node.start();
  await world.until('its stamps are available again', () => levelOf(world)?.available === 3, 400);
  expect(await acquire(world)).toMatchObject({ is: 'acquired' });
});

it('gives out stock while a node is idle, whatever the time between runs and the bound', async () => {
  await using world = await stocked({ 17: 1 }, { policy: { nodeAwaySeconds: 60, runIntervalSeconds: 3600 } });
  for (let minute = 0; minute < 10; minute++) {
    await passSeconds(world, 55);
    expect(levelOf(world)).toMatchObject({ available: 1 });
  }
  expect(await acquire(world)).toMatchObject({ is: 'acquired' });
});

it('keeps over a restart how long a node was not observed, and is not misled by a wall clock that is set', async () => {
  await using world = await stocked({ 17: 2 }, { policy });
  world.clock.jump(24 * 3_600_000);
  await passSeconds(world, 60);
  expect(levelOf(world)).toMatchObject({ available: 2 });
  world.simulator.faults.set('down', {});
  await passSeconds(world, AWAY_SECONDS - 300);
  await world.kill();
  await world.start();
  expect(await acquire(world)).toMatchObject({ is: 'acquired' });
  await world.kill();
  await passSeconds(world, AWAY_SECONDS);
  await world.start();
  expect(await acquire(world)).toMatchObject({ is: 'exhausted' });
});

it('gives out stock that a move has restored after the first complete observation of its node', async () => {
  await using world = await stocked({ 17: 2 }, { policy });
  await world.stop();
  const command = async (change: Change): Promise<void> => {
    await using store = await world.openStore();
    await store.write([change], world.clock.now());
  };
  await command({ change: 'nodeRetired', node: NODE });
  await passSeconds(world, 24 * HOUR_SECONDS);
  const address = parseEthereumAddress(`0x${world.simulator.wallet}`);
  const observedAt = justAway({ at: world.clock.now(), nodeAwaySeconds: AWAY_SECONDS });
  await command({ change: 'nodeMoved', node: NODE, address, observedAt });
  world.simulator.faults.set('down', {});
  await world.start();
  expect(await acquire(world)).toMatchObject({ is: 'exhausted' });
  expect(levelOf(world)).toMatchObject({ available: 0, withheld: [{ reason: 'node_away', count: 2 }] });

  world.simulator.faults.clearAll();
  world.simulator.node.start();
  await world.until('its stamps are available again', () => levelOf(world)?.available === 2, 400);
});

it('gives out stock after a long stop with the time to live that the first observation shows', async () => {
  await using world = await stocked({ 17: 2 }, { policy });
  await world.kill();
  world.simulator.chain.setPrice(100n * world.simulator.chain.price); // both are below the promise now
  await passSeconds(world, 2 * AWAY_SECONDS);
  const levels: ReadonlyMap<number, number>[] = [];
  const around = (store: Store): Store =>
    withMembers(store, {
      write: async (changes, at, condition) => {
        const commit = await store.write(changes, at, condition);
        if (changes.some(({ change }) => change === 'nodeObserved'))
          levels.push(await store.levels(momentOf(aPolicy(policy), at)));
        return commit;
      },
    });
  await world.start({ around });
  await world.until('the node is observed', () => levels.length > 0, 20);
  expect(levels).toEqual([new Map()]);
});

describe('two nodes, after no process ran for longer than the bound', () => {
  const OTHER = nodeName('other');
  /** Shorter than above, because with two nodes each block takes long. */
  const BOUND_SECONDS = 300;

  /** The other node does not answer when the process starts again. */
  async function afterStop() {
    const world = new World({
      policy: { nodeAwaySeconds: BOUND_SECONDS, targets: new Map([[depth(17), 4]]) },
    });
    const other = world.addNode(OTHER, 7);
    await world.start();
    await world.full();
    const bought = (): number => paidFor(world, 'create').length;
    const before = bought();
    await world.stop();
    await passSeconds(world, 4 * BOUND_SECONDS);
    other.faults.set('down', {});
    await world.start();
    return { world, other, boughtAgain: () => bought() - before };
  }

  it('buy nothing in place of stock whose node is only later to answer', async () => {
    const { world, other, boughtAgain } = await afterStop();
    await using _ = world;
    await passSeconds(world, BOUND_SECONDS / 2);
    expect(levelOf(world)).toMatchObject({
      available: 2,
      onOrder: 2,
      withheld: [{ reason: 'node_away', count: 2 }],
    });
    other.faults.clearAll();
    other.node.start();
    await world.full();
    expect(boughtAgain()).toBe(0);
  });

  it('buy in its place when it has not answered for the time that the operator sets', async () => {
    const { world, boughtAgain } = await afterStop();
    await using _ = world;
    await passSeconds(world, BOUND_SECONDS + 60);
    await world.full();
    expect(boughtAgain()).toBe(2);
    await world.kill();
    await passSeconds(world, 4 * BOUND_SECONDS);
    await world.start();
    await passSeconds(world, 60);
    expect(levelOf(world)).toMatchObject({ available: 4, withheld: [{ reason: 'node_lost', count: 2 }] });
    expect(boughtAgain()).toBe(2);
  });
});
