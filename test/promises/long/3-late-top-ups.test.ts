import { expect, it } from 'vitest';
import { depth } from '../../../src/domain/units.ts';
import type { FaultName, FaultSettings } from '../../../src/simulator/faults.ts';
import { ordersOf, paidFor } from '../../virtual/purchases.ts';
import { ONE_SHORT_LIVED } from '../../virtual/short-lived.ts';
import { World } from '../../virtual/world.ts';

/** The network has the transaction, and the node does not show it. */
const UNSEEN: FaultSettings = { method: 'PATCH', times: 1 };

type Faults = readonly (readonly [fault: FaultName, settings: FaultSettings])[];

/** A pool of one stamp whose nth top-up has the nth of these faults. */
async function withTopUps(...ofTopUps: readonly Faults[]): Promise<World> {
  let sent = 0;
  const world: World = new World({
    policy: ONE_SHORT_LIVED,
    through: (send) => async (request) => {
      if (request.method === 'PATCH') {
        for (const [fault, settings] of ofTopUps[sent] ?? []) world.simulator.faults.set(fault, settings);
        sent += 1;
      }
      return await send(request);
    },
  });
  await world.start();
  return world;
}

/** The states of the top-ups, oldest first. */
const statesOf = async (world: World) =>
  (await ordersOf(world)).filter(({ kind }) => kind === 'topUp').map(({ state }) => state);

/** Everything that was paid is in the cost of the stamp, and in what counts for the daily limit. */
async function expectAllCounted(world: World): Promise<void> {
  const paid = [...paidFor(world, 'create'), ...paidFor(world, 'topUp')].reduce(
    (sum, { totalPaidPlur }) => sum + totalPaidPlur,
    0n,
  );
  const [{ item: stamp } = {}] = (
    await world.run.engine.pool.availableStamps({ first: 9, after: null, depth: null })
  ).items;
  expect(stamp?.cost).toBe(paid);
  const { spending } = await world.maintain({ dryRun: true });
  expect(spending?.lastDay).toBe(paid);
}

it('counts an abandoned top-up that is mined right before its repetition, and reports it', async () => {
  await using world = await withTopUps([
    ['sendUnseen', UNSEEN],
    ['txDelayed', { ...UNSEEN, blocks: 300 }],
  ]);
  await world.until('it is abandoned', () => world.incidents.includes('TOP_UP_ABANDONED'), 2_000);
  expect(paidFor(world, 'topUp')).toHaveLength(0);
  await world.until('both are paid', () => paidFor(world, 'topUp').length === 2, 400);
  expect(await statesOf(world)).toEqual(['abandoned', 'sent']);
  await world.passBlocks(200);
  expect(await statesOf(world)).toEqual(['confirmed', 'confirmed']);
  expect(world.incidents.filter((code) => code === 'TOP_UP_LATE')).toHaveLength(1);
  await expectAllCounted(world);
});

it('counts an abandoned top-up that the node has missed, when it reads the chain again', async () => {
  await using world = await withTopUps([
    ['eventMissed', { event: 'topUp', times: 1 }],
    ['error500AfterBroadcast', { ...UNSEEN, stage: 'create' }],
  ]);
  await world.until('it is repeated', () => paidFor(world, 'topUp').length === 2, 2_000);
  expect(await statesOf(world)).toEqual(['abandoned', 'sent']);
  world.simulator.node.resync();
  await world.passBlocks(200);
  expect(await statesOf(world)).toEqual(['confirmed', 'confirmed']);
  await expectAllCounted(world);
});

it('counts two abandoned top-ups that are shown together', async () => {
  const missed: Faults = [
    ['eventMissed', { event: 'topUp', times: 1 }],
    ['error500AfterBroadcast', { ...UNSEEN, stage: 'create' }],
  ];
  await using world = await withTopUps(missed, missed);
  await world.until('it is repeated', () => paidFor(world, 'topUp').length === 3, 2_000);
  expect(await statesOf(world)).toEqual(['abandoned', 'abandoned', 'sent']);
  world.simulator.node.resync();
  await world.passBlocks(200);
  expect(await statesOf(world)).toEqual(['confirmed', 'confirmed', 'confirmed']);
  await expectAllCounted(world);
});

it('does not take an abandoned top-up that is mined late for its repetition, which was not made', async () => {
  await using world = await withTopUps(
    [
      ['sendUnseen', UNSEEN],
      ['txDelayed', { ...UNSEEN, blocks: 75 }],
    ],
    [['error500BeforeBroadcast', UNSEEN]],
  );
  await world.until('the second is sent', async () => (await statesOf(world)).length === 2, 2_000);
  expect(paidFor(world, 'topUp')).toHaveLength(0);
  await world.until('the first is mined', () => paidFor(world, 'topUp').length === 1, 100);
  await world.passBlocks(200);
  expect(await statesOf(world)).toEqual(['confirmed', 'abandoned']);
  expect(paidFor(world, 'topUp')).toHaveLength(1);
  await expectAllCounted(world);
});

it('does not top up a stamp again when its abandoned top-up is mined right before that of another stamp', async () => {
  await using world = await withTopUps(
    [
      ['sendUnseen', UNSEEN],
      ['txDelayed', { ...UNSEEN, blocks: 400 }],
    ],
    [['error500BeforeBroadcast', UNSEEN]],
  );
  await world.stop();
  world.set({ targets: new Map([[depth(17), 2]]) });
  await world.start();
  await world.full();
  await world.stop();
  world.set({ minTtlSeconds: 28 * 3600 }); // more than both have
  await world.start();
  await world.until('two are paid', () => paidFor(world, 'topUp').length === 2, 2_000);
  await world.passBlocks(100);
  const batchIds = paidFor(world, 'topUp').map(({ batchId }) => batchId);
  expect(new Set(batchIds).size).toBe(batchIds.length);
  expect(await statesOf(world)).toEqual(['confirmed', 'abandoned', 'confirmed']);
});
