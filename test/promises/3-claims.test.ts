import { describe, expect, it } from 'vitest';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { depth, parseBatchId } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };
const HOUR = 3600;
const DAY_BLOCKS = 17_280;
const WEEK_BLOCKS = 7 * DAY_BLOCKS;
const POST = { method: 'POST', times: 1 } as const;

const paidFor = ({ simulator: { chain, wallet } }: World, kind: 'create' | 'topUp') =>
  chain.ledger.filter((entry) => entry.kind === kind && entry.payer === wallet);

const ordersOf = async (world: World) =>
  (await world.run.engine.operations.orders({ first: 100, after: null, states: null })).items
    .map(({ item }) => item)
    .toReversed();

const holdsOf = (run: MaintenanceRun | null): string[] =>
  (run?.actions ?? []).flatMap((action) => (action.do === 'hold' ? `${action.code} ${action.depth}` : []));

describe('an answer of Bee is a claim, and its list settles the order', () => {
  it.each([
    ['hides every creation', 'eventMissed', { event: 'create' }],
    ['lists no batch at all', 'stampsEmpty', {}],
  ] as const)(
    'pays for at most two purchases in a week in which the node %s, and reports why',
    async (_what, fault, settings) => {
      await using world = new World();
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
    60_000,
  );

  it('pays for at most one top-up per stamp in a week in which the node hides every top-up, and reports why', async () => {
    await using world = await stocked(
      { 17: 2 },
      { policy: { minTtlSeconds: 167 * HOUR, topUpSeconds: 24 * HOUR } },
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

  it('tops up again when the node shows the previous top-up, also after a resync', async () => {
    await using world = await stocked(
      { 17: 1 },
      { policy: { minTtlSeconds: 167 * HOUR, topUpSeconds: 24 * HOUR } },
    );
    const { faults, node } = world.simulator;
    faults.set('eventMissed', { event: 'topUp', times: 1 });
    await world.until('it is hidden', () => world.incidents.includes('TOP_UP_NOT_SHOWN'), DAY_BLOCKS);
    expect(paidFor(world, 'topUp')).toHaveLength(1);
    node.resync();
    await world.until(
      'it is shown',
      async () => (await ordersOf(world)).at(-1)?.state === 'confirmed',
      1_000,
    );
    await world.until('it is topped up again', () => paidFor(world, 'topUp').length === 2, 2 * DAY_BLOCKS);
    await world.passBlocks(60);
    expect((await ordersOf(world)).map(({ state }) => state)).toEqual(['confirmed', 'confirmed']);
  });

  it('tops up the listed stamps while a purchase is not listed', async () => {
    await using world = await stocked({ 17: 1 });
    await world.stop();
    world.set({
      targets: new Map([
        [depth(17), 1],
        [depth(20), 1],
      ]),
      minTtlSeconds: 200 * HOUR,
      topUpSeconds: 100 * HOUR,
    });
    world.simulator.faults.set('eventMissed', { event: 'create' });
    await world.start();
    await world.until('the purchase is missed', () => world.incidents.includes('PURCHASE_NOT_SHOWN'), 100);
    await world.passBlocks(60);
    expect((await ordersOf(world)).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'purchase unknown',
      'topUp confirmed',
    ]);
  });

  it.each([
    ['purchases', 'create', onlySmall],
    ['top-ups of a stamp', 'topUp', { minTtlSeconds: 200 * HOUR, topUpSeconds: 24 * HOUR }],
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
    60_000,
  );

  it.each([
    ['that Bee has not received', false],
    ['that Bee has carried out', true],
  ])('does not believe a 201 that names a batch that a client has, %s', async (_what, after) => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    const given = await world.run.engine.pool.acquire({}, aCaller('client'));
    if (given.is !== 'acquired') throw new Error(given.is);
    const { batchId } = given.stamp;
    world.simulator.faults.set('wrongBatch', { ...POST, batchId, after });
    await world.full(400);
    await world.passBlocks(100);
    expect(paidFor(world, 'create')).toHaveLength(2);
    const confirmed = (await ordersOf(world)).filter(({ state }) => state === 'confirmed');
    expect(confirmed.map((order) => ('batchId' in order ? order.batchId : null))).toEqual(
      paidFor(world, 'create').map((entry) => entry.batchId),
    );
    const { errors } = await world.run.engine.pool.status();
    expect(errors.some(({ message }) => message.includes(batchId))).toBe(true);
  });

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

  it('makes no stamp from an unknown batch in a 201, and finds the real one by its amount', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('wrongBatch', { ...POST, after: true });
    await world.start();
    await world.full(400);
    await world.passBlocks(100);
    const [bought, ...others] = paidFor(world, 'create');
    expect(others).toEqual([]);
    expect(await ordersOf(world)).toMatchObject([{ state: 'confirmed', batchId: bought?.batchId }]);
    expect(await world.run.engine.pool.stamp(batchOf('b'), aCaller('operator'))).toBeUndefined();
  });

  it('holds if a 201 names a batch that does not exist, and reports which', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('wrongBatch', { method: 'POST' });
    await world.start();
    await world.passBlocks(600);
    expect(await ordersOf(world)).toMatchObject([{ state: 'unknown', claim: { batchId: batchOf('b') } }]);
    const { errors } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([
      { code: 'PURCHASE_NOT_SHOWN', message: expect.stringContaining(batchOf('b')) },
    ]);
  });

  it('reports a second batch with the label or amount of a purchase once, and does not adopt it', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    const [order] = await ordersOf(world);
    // as if a proxy repeated the request
    void world.simulator.handle({ method: 'POST', path: `/stamps/${order?.amount}/17?label=${order?.id}` });
    await world.until('it is reported', () => world.incidents.includes('PURCHASE_UNACCOUNTED'), 400);
    await world.passBlocks(400);
    const [, second] = paidFor(world, 'create');
    const { errors, reserve } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([
      {
        code: 'PURCHASE_UNACCOUNTED',
        subject: second?.batchId,
        count: 1,
        message: expect.stringContaining(String(order?.id)),
      },
    ]);
    expect(reserve.totalAvailable).toBe(1);
  });

  it('does not use an older foreign batch for its purchase, with adoption off', async () => {
    await using world = new World({ policy: onlySmall });
    const [foreign = ''] = foreignBatches(world.simulator, { 20: 1 });
    world.simulator.faults.set('wrongBatch', { ...POST, batchId: foreign, after: true });
    await world.start();
    await world.full(400);
    await world.passBlocks(100);
    const stamps = (await stockOf(world.run.store)).stamps.map(({ batchId }) => batchId);
    expect(stamps).toEqual(paidFor(world, 'create').map(({ batchId }) => batchId));
    expect(stamps).toHaveLength(1);
    expect(world.incidents).toContain('PURCHASE_UNKNOWN');
  });
});

const batchOf = (digit: string) => parseBatchId(digit.repeat(64));
