import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/domain/durations.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { depth, nodeName, plur } from '../../src/domain/units.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { aCaller, NODE } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { World } from '../virtual/world.ts';

const OTHER = nodeName('other');
const LIMIT = plur(2n * 10n ** 15n);
const small = (count: number): Policy['targets'] => new Map([[depth(17), count]]);

/** Two nodes with wallets and chains of their own. */
async function twoNodes(
  policy: Partial<Policy>,
  other: SimulatorOptions = {},
): Promise<{ world: World; other: Simulator }> {
  const world = new World({ policy });
  const simulator = world.addNode(OTHER, 7, other);
  await world.start();
  return { world, other: simulator };
}

const bought = ({ chain, wallet }: Simulator): number =>
  chain.ledger.filter(({ payer, kind }) => payer === wallet && kind === 'create').length;

const toppedUp = ({ chain, wallet }: Simulator): number =>
  chain.ledger.filter(({ payer, kind }) => payer === wallet && kind === 'topUp').length;

describe('several nodes', () => {
  it('buy in parallel what the pool lacks, each need once, and equally much', async () => {
    const { world, other } = await twoNodes({ targets: small(6) });
    await using _ = world;
    await world.until(
      'both have a purchase under way',
      async () => new Set((await world.run.store.openOrders()).map(({ node }) => node)).size === 2,
      10,
    );
    await world.full();
    await world.passBlocks(100);
    expect([bought(world.simulator), bought(other)]).toEqual([3, 3]);
    expect(world.incidents).toEqual([]);
  });

  it('of two names of one node, one buys what the pool lacks, and what it buys is in the pool', async () => {
    const world = new World({ policy: { targets: small(2) } });
    await using _ = world;
    const one = world.addNode(OTHER, 7);
    world.answerFrom(() => one);
    await world.start();
    await world.full();
    expect(bought(one)).toBe(2);
    const { items } = await world.run.store.orders({ first: 9, after: null, states: null });
    expect(items.map(({ item }) => item.state)).toEqual(['confirmed', 'confirmed']);
    expect(world.incidents).toContain('NODE_CHANGED');
  });

  it.each([
    ['as Bee labels it when the answer was lost', () => 'recovered'],
    ['with the label of the order', (id: string | undefined) => String(id)],
  ])('report a batch that one of them has made for a purchase of another, %s', async (_what, labelOf) => {
    const { world, other } = await twoNodes({ targets: small(2) });
    await using _ = world;
    await world.full();
    const { items } = await world.run.store.orders({ first: 9, after: null, states: null });
    const order = items.map(({ item }) => item).find(({ node }) => node === NODE);
    // as if the URL led to the other node between the observation and the purchase
    void other.handle({ method: 'POST', path: `/stamps/${order?.amount}/17?label=${labelOf(order?.id)}` });
    await world.until('it is reported', () => world.incidents.includes('PURCHASE_UNACCOUNTED'), 400);
    const { errors } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([{ message: expect.stringContaining(String(order?.id)) }]);
  });

  it.each([-72, 72])(
    'keep every time to live, and buy nothing, if the clock is set by %i hours while one of them is read',
    async (byHours) => {
      const { world, other } = await twoNodes({ targets: small(2) });
      await using _ = world;
      await world.full();
      await world.passBlocks(20);
      const { engine } = world.run;
      const hoursLeft = async (): Promise<readonly number[]> =>
        (await stockOf(world.run.store)).stamps.map((stamp) =>
          stamp.state === 'available'
            ? Math.round((stamp.expiresAt.getTime() - engine.pool.now().getTime()) / HOUR_MS)
            : 0,
        );
      const before = await hoursLeft();
      const after: Promise<readonly number[]>[] = [];
      engine.onRun(() => void after.push(hoursLeft()));
      other.faults.set('slow', { path: '/stamps', blocks: 2, times: 1 });
      const runs = engine.operations.runMaintenance({ dryRun: false });
      await world.quiet();
      world.clock.jump(byHours * HOUR_MS);
      await world.passBlocks(3);
      await runs;
      expect(new Set((await Promise.all(after)).map(String))).toEqual(new Set([String(before)]));
      expect([bought(world.simulator), bought(other), after.length >= 4]).toEqual([1, 1, true]);
      expect(new Set(world.incidents)).toEqual(new Set(['CLOCK_JUMPED']));
    },
  );

  it('buy what another one cannot: it is down, broke or drained', async () => {
    const { world, other } = await twoNodes({ targets: small(4), drainedNodes: new Set([NODE]) });
    await using _ = world;
    await world.full();
    expect([bought(world.simulator), bought(other)]).toEqual([0, 4]);
    await world.stop();

    world.set({ targets: small(6), drainedNodes: new Set() });
    other.faults.set('down', {});
    await world.start();
    await world.full();
    expect([bought(world.simulator), bought(other)]).toEqual([2, 4]);
  });

  it('leave the purchases to the node that can pay for them, and report the one that cannot', async () => {
    const { world, other } = await twoNodes({ targets: small(3) }, { bzzPlur: 1n });
    await using _ = world;
    await world.full();
    expect([bought(world.simulator), bought(other)]).toEqual([3, 0]);
    expect(new Set(world.incidents)).toEqual(new Set(['WALLET_BZZ']));
  });

  it('spend no more than the daily limit of the pool', async () => {
    const { world, other } = await twoNodes({ targets: small(9), maxSpendPerDay: LIMIT });
    await using _ = world;
    await world.passBlocks(300);
    const spent = [world.simulator, other].flatMap(({ chain, wallet }) =>
      chain.ledger
        .filter(({ payer }) => payer === wallet)
        .map(({ amount, depth: of }) => amount * 2n ** BigInt(of)),
    );
    const sum = spent.reduce((total, cost) => total + cost, 0n);
    expect(sum).toBeLessThanOrEqual(LIMIT);
    expect(sum + (spent[0] ?? 0n) * 2n).toBeGreaterThan(LIMIT);
    expect(world.incidents).toContain('BUDGET');
  });

  it('replace the stock of a node that is away for twice as long as it is given out', async () => {
    const { world, other } = await twoNodes({ targets: small(4), nodeAwaySeconds: 600 });
    await using _ = world;
    await world.full();
    other.faults.set('down', {});
    await world.passBlocks(150);
    expect([bought(world.simulator), bought(other)]).toEqual([2, 2]);
    expect(world.run.engine.levels.current.depths).toMatchObject([{ available: 2, onOrder: 2 }]);
    await world.full(400);
    expect([bought(world.simulator), bought(other)]).toEqual([4, 2]);
    other.faults.clearAll();
    other.node.start();
    await world.until('its stamps are back', () => world.run.engine.levels.current.totalAvailable === 6, 400);
    await world.passBlocks(50);
    expect([bought(world.simulator), bought(other)]).toEqual([4, 2]);
  });

  it('top up only what the targets of the pool still want', async () => {
    const { world, other } = await twoNodes({
      targets: small(4),
      defaultDurationSeconds: 25 * 3600,
      topUpSeconds: 48 * 3600,
    });
    await using _ = world;
    await world.full();
    await world.stop();
    world.set({ targets: small(2) });
    await world.start();
    await world.passBlocks(4 * 720);
    expect(toppedUp(world.simulator) + toppedUp(other)).toBe(2);
    expect([bought(world.simulator), bought(other)]).toEqual([2, 2]);
  });

  it('fill the need that an acquisition makes once', async () => {
    const { world, other } = await twoNodes({ targets: small(2) });
    await using _ = world;
    await world.full();
    for (let round = 1; round <= 3; round++) {
      expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
      await world.passBlocks(2);
      await world.full();
      expect(bought(world.simulator) + bought(other)).toBe(2 + round);
    }
    expect((await stockOf(world.run.store)).stamps).toHaveLength(2);
  });

  it('report each for itself that they cannot be read', async () => {
    const { world, other } = await twoNodes({ targets: small(1) });
    await using _ = world;
    await world.full();
    for (const simulator of [world.simulator, other]) simulator.faults.set('down', {});
    await world.maintain();
    const { errors } = await world.run.engine.pool.status();
    expect(errors.map(({ code, subject }) => `${code} ${subject}`).toSorted()).toEqual(
      [NODE, OTHER].map((node) => `NODE_UNREACHABLE ${node}`),
    );
    expect(world.log.filter((line) => line.startsWith('error:'))).toHaveLength(2);
  });
});
