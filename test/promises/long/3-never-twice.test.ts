import { describe, expect, it } from 'vitest';
import type { MaintenanceRun } from '../../../src/domain/maintenance-run.ts';
import { depth } from '../../../src/domain/units.ts';
import { aCaller } from '../../builders.ts';
import { ordersOf, paidFor } from '../../virtual/purchases.ts';
import { stocked } from '../../virtual/stocked.ts';
import { World } from '../../virtual/world.ts';
import { HOURLY } from './hourly.ts';

const onlySmall = { ...HOURLY, targets: new Map([[depth(17), 1]]) };
const HOUR = 3600;
const DAY_BLOCKS = 17_280;
const WEEK_BLOCKS = 7 * DAY_BLOCKS;

const holdsOf = (run: MaintenanceRun | null): string[] =>
  (run?.actions ?? []).flatMap((action) => (action.do === 'hold' ? `${action.code} ${action.depth}` : []));

describe('no need is paid for again and again, over hours and days', () => {
  it.each([
    ['hides every creation', 'eventMissed', { event: 'create' }],
    ['lists no batch at all', 'stampsEmpty', {}],
  ] as const)(
    'pays for at most two purchases in a week in which the node %s, and reports why',
    async (_what, fault, settings) => {
      await using world = new World({ policy: HOURLY });
      world.simulator.faults.set(fault, settings);
      await world.start();
      await world.passBlocks(600);
      const early = await world.run.engine.pool.status();
      expect(early.errors).toMatchObject([{ code: 'PURCHASE_NOT_SHOWN' }]);
      expect(holdsOf(early.lastRun)).toEqual(['PURCHASE_NOT_SHOWN 17', 'PURCHASE_NOT_SHOWN 20']);
      expect(early.reserve.depths).toMatchObject([{ depth: 17, available: 0, onOrder: 1 }, { depth: 20 }]);
      expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({
        is: 'exhausted',
        expectedAt: null,
      });
      await world.passBlocks(WEEK_BLOCKS - 600);
      expect(paidFor(world, 'create')).toHaveLength(2);
      const { errors, lastRun } = await world.run.engine.pool.status();
      expect(errors.map(({ code }) => code).toSorted()).toEqual([
        'PURCHASE_ABANDONED',
        'PURCHASE_NOT_SHOWN',
        'PURCHASE_NOT_SHOWN',
      ]);
      expect(holdsOf(lastRun)).toContain('PURCHASE_NOT_SHOWN 17');
      expect((await ordersOf(world)).map(({ state }) => state)).toEqual(['abandoned', 'unknown']);

      world.simulator.faults.clear(fault);
      world.simulator.node.resync();
      await world.full(1_000);
      await world.passBlocks(60);
      expect((await ordersOf(world)).map(({ state }) => state)).toEqual([
        'confirmed',
        'confirmed',
        'confirmed',
      ]);
      expect(world.incidents).toContain('PURCHASE_LATE');
      expect(paidFor(world, 'create')).toHaveLength(3);
    },
  );

  it('pays for at most one top-up per stamp in a week in which the node hides every top-up, and reports why', async () => {
    await using world = await stocked(
      { 17: 2 },
      { policy: { ...HOURLY, minTtlSeconds: 167 * HOUR, topUpSeconds: 24 * HOUR } },
    );
    world.simulator.faults.set('eventMissed', { event: 'topUp' });
    await world.until('both are topped up', () => paidFor(world, 'topUp').length === 2, DAY_BLOCKS);
    await world.passBlocks(300);
    const { errors, lastRun, reserve } = await world.run.engine.pool.status();
    expect(errors.map(({ code }) => code)).toEqual(['TOP_UP_NOT_SHOWN', 'TOP_UP_NOT_SHOWN']);
    expect(holdsOf(lastRun)).toEqual(['TOP_UP_NOT_SHOWN 17', 'TOP_UP_NOT_SHOWN 17']);
    expect(reserve.depths).toMatchObject([{ depth: 17, available: 2 }]);
    await world.passBlocks(WEEK_BLOCKS);
    const perBatch = Map.groupBy(paidFor(world, 'topUp'), ({ batchId }) => batchId);
    expect([...perBatch.values()].map((entries) => entries.length)).toEqual([...perBatch].map(() => 1));
    expect(world.run.engine.levels.current.depths).toMatchObject([{ depth: 17, available: 2 }]); // replaced by a purchase
  });

  it.each([
    ['purchases', 'create', onlySmall],
    ['top-ups of a stamp', 'topUp', { ...HOURLY, minTtlSeconds: 200 * HOUR, topUpSeconds: 24 * HOUR }],
  ] as const)(
    'waits longer after each of its %s that Bee answers with 500 and does not show',
    async (_what, event, policy) => {
      await using world = event === 'create' ? new World({ policy }) : await stocked({ 17: 1 });
      if (event === 'topUp') {
        await world.stop();
        world.set(policy);
      }
      const { faults } = world.simulator;
      faults.set('eventMissed', { event });
      faults.set('error500AfterBroadcast', { path: '/stamps/', stage: 'create' });
      await world.start();
      const paid = (): number => paidFor(world, event).length;
      await world.until('the second is abandoned', () => paid() === 2, 200);
      await world.passBlocks(DAY_BLOCKS);
      expect(paid()).toBeLessThanOrEqual(10);
      const { errors, lastRun } = await world.run.engine.pool.status();
      const code = event === 'create' ? 'PURCHASE_ABANDONED' : 'TOP_UP_ABANDONED';
      expect(holdsOf(lastRun)).toEqual([`${code} 17`]);
      expect(errors.map((error) => error.code)).toContain(code);
      const first = paid();
      faults.clearAll();
      await world.passBlocks(DAY_BLOCKS);
      expect(paid()).toBe(first + 1);
      expect((await ordersOf(world)).at(-1)?.state).toBe('confirmed');
    },
  );

  it('buys at most twice in a day in which every 201 names the batch of a client, and no batch appears', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    const given = await world.run.engine.pool.acquire({}, aCaller('client'));
    if (given.is !== 'acquired') throw new Error(given.is);
    const { faults } = world.simulator;
    faults.set('wrongBatch', { method: 'POST', batchId: given.stamp.batchId, after: true });
    faults.set('eventMissed', { event: 'create' });
    await world.passBlocks(DAY_BLOCKS);
    expect(paidFor(world, 'create').length - 1).toBe(2);
    expect(holdsOf((await world.run.engine.pool.status()).lastRun)).toEqual(['PURCHASE_ABANDONED 17']);
  });

  it('waits longer with each refusal', async () => {
    await using world = new World({ policy: onlySmall });
    const sent = () => world.incidents.filter((code) => code === 'BUSY').length;
    world.simulator.faults.set('busy429', { method: 'POST' });
    await world.start();
    await world.passBlocks(720);
    const firstHour = sent();
    expect(firstHour).toBeGreaterThan(8);
    await world.passBlocks(720);
    expect(sent() - firstHour).toBeLessThan(60);
  });
});
