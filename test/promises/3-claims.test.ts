import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Send } from '../../src/bee/transport.ts';
import { depth, parseBatchId, parsePlur } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { ordersOf, paidFor } from '../virtual/purchases.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };
const HOUR = 3600;
const DAY_BLOCKS = 17_280;
const POST = { method: 'POST', times: 1 } as const;

describe('an answer of Bee is a claim, and its list settles the order', () => {
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

  it('reports a second batch with the label or amount of a purchase, again each hour, and does not adopt it', async () => {
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
    await world.passBlocks(400);
    expect((await world.run.engine.pool.status()).errors).toMatchObject([{ count: 2 }]);
  });

  it('gives out no second batch with the label or amount of a purchase that it has reported, also with STAMP_POOL_ADOPT=any', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    const [order] = await ordersOf(world);
    await world.stop();
    world.set({
      targets: new Map([[depth(17), 2]]),
      adoption: { from: 'any' },
      maxSpendPerDay: parsePlur('0'),
    });
    void world.simulator.handle({ method: 'POST', path: `/stamps/${order?.amount}/17?label=${order?.id}` });
    await world.start();
    await world.until('it is reported', () => world.incidents.includes('PURCHASE_UNACCOUNTED'), 400);
    await world.passBlocks(400);
    const [first] = paidFor(world, 'create');
    expect((await stockOf(world.run.store)).stamps.map(({ batchId }) => batchId)).toEqual([first?.batchId]);
  });

  it.each([
    ['named in the answer', []],
    ['whose answer is lost', ['error500AfterBroadcast']],
  ] as const)(
    'takes in a batch %s that is immutable although a mutable one was ordered, and reports it',
    async (_what, faults) => {
      await using world = new World({
        policy: { ...onlySmall, immutable: false, canaryIntervalSeconds: 900 },
        through: withoutImmutable,
        upload: async () => null,
      });
      for (const fault of faults) world.simulator.faults.set(fault, POST);
      await world.start();
      await world.full(400);
      await world.passBlocks(400);
      expect(paidFor(world, 'create')).toHaveLength(2);
      expect((await ordersOf(world)).map(({ state }) => state)).toEqual(['confirmed', 'confirmed']);
      const { items } = await world.run.engine.pool.availableStamps({ first: 9, after: null, depth: null });
      expect(items.map(({ item }) => item.immutable)).toEqual([true]);
      const { errors } = await world.run.engine.pool.status();
      expect(errors.filter(({ code }) => code !== 'PURCHASE_UNKNOWN')).toMatchObject([
        { code: 'IMMUTABILITY_MISMATCH', subject: 'bee', count: 2 },
      ]);
    },
  );

  it.each([
    ['named in the answer', []],
    ['whose answer is lost', ['error500AfterBroadcast']],
  ] as const)(
    'takes in a batch %s that was mined in a block which the node had counted ahead of the chain',
    async (_what, faults) => {
      await using world = new World({ policy: onlySmall, through: aheadOfTheChain });
      for (const fault of faults) world.simulator.faults.set(fault, POST);
      await world.start();
      await world.full(400);
      await world.passBlocks(400);
      expect(paidFor(world, 'create')).toHaveLength(1);
      expect(await ordersOf(world)).toMatchObject([{ state: 'confirmed' }]);
    },
  );

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

/** A gateway that passes on only the headers that it knows. */
const withoutImmutable =
  (send: Send): Send =>
  ({ headers: { Immutable: _dropped, ...headers }, ...request }) =>
    send({ ...request, headers });

/** A node whose chain has halted, or whose clock is fast: it says that it has read blocks that are mined later. */
const aheadOfTheChain =
  (send: Send): Send =>
  async (request) => {
    const answer = await send(request);
    if (request.path !== '/chainstate') return answer;
    const { block, chainTip, ...others } = chainState.parse(JSON.parse(answer.body));
    return { ...answer, body: JSON.stringify({ ...others, block: block + 60, chainTip: chainTip + 60 }) };
  };

const chainState = z.looseObject({ block: z.int(), chainTip: z.int() });

const batchOf = (digit: string) => parseBatchId(digit.repeat(64));
