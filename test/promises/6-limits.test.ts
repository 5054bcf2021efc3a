import { describe, expect, it } from 'vitest';
import type { Send } from '../../src/bee/transport.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { bzzToPlur, depth, plur, wei } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { ordersOf, paidFor } from '../virtual/purchases.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

const HOUR = 3600;
const bzz = (text: string) => bzzToPlur(text) ?? plur(0n);
const one = (size: number, count = 1) => ({ targets: new Map([[depth(size), count]]) });

interface Limit {
  readonly what: string;
  readonly policy: Partial<Policy>;
  readonly wallet?: { readonly bzzPlur?: bigint; readonly xdaiWei?: bigint };
  readonly code: string;
  readonly reason: RegExp;
}

/** Each limit, too low for a single stamp. */
const LIMITS: readonly Limit[] = [
  {
    what: 'the price ceiling',
    policy: { maxPrice: plur(23_999n) },
    code: 'PRICE_TOO_HIGH',
    reason: /24000 PLUR, above STAMP_POOL_MAX_PRICE_PLUR=23999/,
  },
  {
    what: 'the ceiling of one order',
    policy: { maxOrder: bzz('0.01') },
    code: 'ORDER_ABOVE_LIMIT',
    reason: /above STAMP_POOL_MAX_ORDER_BZZ=0.01 BZZ/,
  },
  {
    what: 'the daily limit',
    policy: { maxSpendPerDay: bzz('0.03') },
    code: 'BUDGET',
    reason: /on top of 0 BZZ in the last 24 hours, above 0.03 BZZ/,
  },
  {
    what: 'the floor of BZZ',
    policy: { walletFloorBzz: bzz('99.99') },
    code: 'WALLET_BZZ',
    reason: /the wallet has 100 BZZ and keeps 99.99 BZZ/,
  },
  {
    what: 'an empty wallet',
    policy: {},
    wallet: { bzzPlur: 0n },
    code: 'WALLET_BZZ',
    reason: /the wallet has 0 BZZ/,
  },
  {
    what: 'too little gas',
    policy: { walletFloorXdai: wei(10n ** 16n) },
    wallet: { xdaiWei: 10n ** 15n },
    code: 'WALLET_XDAI',
    reason: /0.001 xDAI for gas, below 0.01 xDAI/,
  },
];

describe('spending stops at the limits of the operator, and reports it', () => {
  it.each(LIMITS)(
    'buys nothing beyond $what, without asking Bee',
    async ({ policy, wallet = {}, code, reason }) => {
      await using world = new World({ policy: { ...one(17), ...policy }, simulator: wallet });
      await world.start();
      await world.passBlocks(300);
      expect(world.simulator.chain.ledger).toEqual([]);
      expect((await world.run.store.orders({ first: 1, after: null, states: null })).items).toEqual([]);
      const { lastRun, errors } = await world.run.engine.pool.status();
      expect(lastRun?.actions).toEqual([
        expect.objectContaining({ do: 'hold', code, depth: 17, reason: expect.stringMatching(reason) }),
      ]);
      expect(errors.map((incident) => incident.code)).toEqual([code]);
      const answer = await world.run.engine.pool.acquire({}, aCaller('client'));
      expect(answer, 'no client waits for a stamp that is not bought').toMatchObject({
        is: 'exhausted',
        expectedAt: null,
      });
      expect(world.log.filter((line) => line.startsWith('error:'))).toHaveLength(1);
    },
  );

  it('shows what was spent and the limit of the operator while the node is away', async () => {
    await using world = new World({ policy: { ...one(17), maxSpendPerDay: bzz('0.5') } });
    await world.start();
    await world.full();
    world.simulator.faults.set('down', {});
    await world.passBlocks(200);
    const status = await world.run.engine.pool.status();
    expect(status.nodes[0]?.reachable).toBe(false);
    expect(status.dailyLimit).toBe(bzz('0.5'));
    const [bought] = paidFor(world, 'create');
    expect(await status.spentLastDay()).toBe(bought?.totalPaidPlur);
  });

  it.each([
    ['later', 80],
    ['in the run that first sees the dilution', 90],
  ])(
    'counts what a top-up costs if the node lists the depth from before a dilution, as after a restart, and it is due %s',
    async (_when, minTtlHours) => {
      await using world = await stocked({ 17: 1 }, { policy: { topUpSeconds: 24 * HOUR } });
      const { chain, node } = world.simulator;
      const [{ batchId } = { batchId: '' }] = (await stockOf(world.run.store)).stamps;
      await world.stop();
      chain.diluteBatch(batchId, 18);
      await world.passBlocks(30);
      node.restart();
      world.set({ minTtlSeconds: minTtlHours * HOUR });
      await world.start();
      await world.until('it is topped up', () => paidFor(world, 'topUp').length === 1, 6_000);
      await world.passBlocks(60);
      const paid = chain.ledger.find(({ kind }) => kind === 'topUp');
      const orders = await ordersOf(world);
      expect(orders.map(({ kind, state, cost }) => [kind, state, cost])).toEqual([
        ['topUp', 'confirmed', paid?.totalPaidPlur],
      ]);
    },
  );

  it('buys nothing beyond the default daily limit if the target is "24:40" by mistake, and reports why in status, log and hold', async () => {
    await using world = new World({ policy: one(24, 40) });
    await world.start();
    await world.passBlocks(1500);
    const paid = world.simulator.chain.ledger.reduce((sum, { totalPaidPlur }) => sum + totalPaidPlur, 0n);
    const { dailyLimit, fullReserveCost, lastRun, errors } = await world.run.engine.pool.status();
    expect(dailyLimit).toBe(bzz('25'));
    expect(paid).toBeLessThanOrEqual(bzz('25'));
    expect(fullReserveCost).toBeGreaterThan(bzz('190'));
    expect(lastRun?.actions).toEqual([
      expect.objectContaining({
        do: 'hold',
        code: 'BUDGET',
        reason: expect.stringContaining('above 25 BZZ'),
      }),
    ]);
    expect(errors[0]?.message).toMatch(/daily spending limit is reached/);
    expect(world.log.join('\n')).toMatch(
      /a full reserve costs 19\d\.\d+ BZZ; at most 25 BZZ are spent per day/,
    );
  });

  it('buys nothing beyond the default daily limit if the node states a least duration of a thousand days', async () => {
    const through =
      (send: Send): Send =>
      async (request) => {
        const answer = await send(request);
        const body = answer.body.replace(/"minimumValidityBlocks":\s*17280/, '$&000');
        return request.path === '/chainstate' ? { ...answer, body } : answer;
      };
    await using world = new World({ policy: one(17), through });
    await world.start();
    await world.passBlocks(100);
    expect(world.simulator.chain.ledger).toEqual([]);
    const { dailyLimit, lastRun } = await world.run.engine.pool.status();
    expect(lastRun?.actions).toEqual([expect.objectContaining({ do: 'hold', code: 'BUDGET', depth: 17 })]);
    expect(dailyLimit).toBeLessThan(bzz('0.4'));
  });

  it('logs the daily limit at the start, and when the price has changed it by more than a tenth', async () => {
    await using world = await stocked({ 17: 1 }, { policy: one(17) });
    const logged = (): number => world.log.filter((line) => line.includes('are spent per day')).length;
    const at = async (price: bigint): Promise<number> => {
      world.simulator.chain.setPrice(price);
      await world.passBlocks(15); // until the node shows it
      await world.maintain();
      return logged();
    };
    expect([logged(), await at(26_000n), await at(30_000n), await at(30_000n)]).toEqual([1, 1, 2, 2]);
  });

  it('keeps the floor of the wallet if Bee answers a request after the wallet was read, and before the list', async () => {
    await using world = await stocked({ 17: 2 }, { through: answersWhileObserved });
    await world.stop();
    const costOfTopUp = 24_000n * 720n * 24n * 2n ** 17n; // and a little more
    const balance = bzz('100');
    const walletFloorBzz = plur(balance - (costOfTopUp * 3n) / 2n); // for one top-up, not for two
    world.set({ minTtlSeconds: 200 * HOUR, topUpSeconds: 24 * HOUR, walletFloorBzz });
    await world.start();
    await world.passBlocks(120);
    const paid = paidFor(world, 'topUp');
    expect(paid).toHaveLength(1);
    const left = balance - paid.reduce((sum, { totalPaidPlur }) => sum + totalPaidPlur, 0n);
    expect(left).toBeGreaterThanOrEqual(walletFloorBzz);
    expect(world.incidents).toContain('WALLET_BZZ');
  });

  it('gives out its stock whatever the limits are', async () => {
    await using world = await stocked({ 17: 1 }, { policy: { maxPrice: plur(1n) } });
    expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
  });

  it('returns every action and hold of a dry run with reason and cost, and does nothing', async () => {
    await using world = new World({ policy: { maxOrder: bzz('0.1') } });
    world.simulator.faults.set('busy429', {});
    await world.start();
    await world.passBlocks(100);
    const before = (await world.run.store.orders({ first: 100, after: null, states: null })).items.length;
    const run = await world.maintain({ dryRun: true });
    expect(run).toMatchObject({ dryRun: true, purchasesSent: 0, topUpsSent: 0 });
    expect(run.actions.map(({ do: verb, reason }) => ({ verb, reason: reason.slice(0, 40) }))).toHaveLength(
      2,
    );
    expect(run.actions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          do: 'hold',
          code: 'ORDER_ABOVE_LIMIT',
          depth: 20,
          cost: expect.any(BigInt),
        }),
      ]),
    );
    expect(
      (await world.run.store.orders({ first: 100, after: null, states: null })).items.length - before,
    ).toBeLessThanOrEqual(1);
    expect(world.simulator.chain.ledger).toEqual([]);
  });
});

/** A slow node: it begins what it is asked to pay for after it has read its wallet, and lists its stamps after that. */
function answersWhileObserved(send: Send): Send {
  let answered: Promise<unknown> | null = null;
  let walletRead = Promise.withResolvers<void>();
  return async (request) => {
    if (request.method === 'GET') {
      if (request.path === '/stamps') await answered;
      const answer = await send(request);
      if (request.path === '/wallet') walletRead.resolve();
      return answer;
    }
    walletRead = Promise.withResolvers<void>();
    const answer = walletRead.promise.then(() => send(request));
    answered = answer.finally(() => (answered = null));
    return await answer;
  };
}
