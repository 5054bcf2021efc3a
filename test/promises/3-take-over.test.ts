import { expect, it } from 'vitest';
import type { Send } from '../../src/bee/transport.ts';
import { TransportError } from '../../src/bee/transport-error.ts';
import { depth } from '../../src/domain/units.ts';
import { afterCommit } from '../virtual/after-commit.ts';
import { ordersOf } from '../virtual/purchases.ts';
import { type Run, World } from '../virtual/world.ts';

const TAKE_OVER_MS = 30_000;

/** A world that needs two stamps, and the purchases that were sent. */
function withTwoNeeds() {
  const purchases: { readonly path: string; readonly atMs: number }[] = [];
  const through =
    (send: Send): Send =>
    (request) => {
      if (request.method === 'POST') purchases.push({ path: request.path, atMs: world.clock.monotonicMs() });
      return send(request);
    };
  const world: World = new World({
    policy: {
      targets: new Map([
        [depth(17), 1],
        [depth(20), 1],
      ]),
      runIntervalSeconds: 60,
    },
    through,
  });
  return { world, purchases };
}

/** The same with two replicas on one database, of which `a` has the lease and has just sent the first purchase. */
async function midPurchase() {
  const { world, purchases } = withTwoNeeds();
  const a = await world.start({ replica: 'a' });
  const b = await world.start({ replica: 'b' });
  await world.until('a purchase is under way', () => purchases.length === 1);
  await world.step();
  const leftAtMs = world.clock.monotonicMs();
  return {
    world,
    a,
    b,
    purchases,
    bought: () => world.simulator.chain.ledger.filter(({ kind }) => kind === 'create').length,
    /** Waits until the second purchase has been sent, and returns how long that took. */
    tookOverAfterMs: async (): Promise<number> => {
      await world.until('the next purchase is sent', () => purchases.length > 1);
      return (purchases[1]?.atMs ?? 0) - leftAtMs;
    },
    [Symbol.asyncDispose]: async () => {
      for (const { life, engine } of [a, b])
        if (!life.dead && !life.isPaused) await engine[Symbol.asyncDispose]();
      a.life.die();
      await world[Symbol.asyncDispose]();
    },
  };
}

const isFull =
  ({ engine }: Run) =>
  (): boolean =>
    engine.levels.current.depths.every(({ available, target }) => available >= target);

it('another replica takes over within 30 s when the holder dies, and does not wait for its order', async () => {
  await using given = await midPurchase();
  given.a.life.die();
  expect(await given.tookOverAfterMs()).toBeLessThanOrEqual(TAKE_OVER_MS);
  await given.world.until('all is bought', isFull(given.b), 300);
  expect(given.bought()).toBe(2);
});

it('a holder that is paused loses the lease, sends nothing more, and records the answer to its request', async () => {
  await using given = await midPurchase();
  const { world, a, b, purchases } = given;
  const firstOrder = purchases[0]?.path.split('label=')[1] ?? 'none';
  a.life.pause();
  expect(await given.tookOverAfterMs()).toBeLessThanOrEqual(TAKE_OVER_MS);
  await world.passBlocks(2);
  a.life.resume();
  await world.quiet();
  expect(world.incidents).toContain('LEASE_LOST');
  await world.until('all is bought', isFull(b), 300);
  expect([given.bought(), purchases.length]).toEqual([2, 2]);
  const answered = world.log.filter((line) => line.startsWith('Bee answered order'));
  expect(answered.filter((line) => line.includes(firstOrder))).not.toEqual([]);
  const { items } = await b.engine.operations.orders({ first: 10, after: null, states: null });
  expect(items.map(({ item }) => item.state)).toEqual(['confirmed', 'confirmed']);
});

it('a replica that stops gives the lease over at once', async () => {
  await using given = await midPurchase();
  await given.a.engine[Symbol.asyncDispose]();
  given.a.life.die();
  expect(await given.tookOverAfterMs()).toBeLessThanOrEqual(20_000);
});

const onlySmall = { targets: new Map([[depth(17), 1]]) };

it('the next holder reports an unknown outcome that the old one has recorded, and could not report any more', async () => {
  const through =
    (send: Send): Send =>
    async (request) => {
      const answer = await send(request);
      if (request.method !== 'POST') return answer;
      throw new TransportError('the connection was reset', { mayHaveBeenSent: true });
    };
  await using world = new World({ policy: onlySmall, through });
  const a: Run = await world.start({
    replica: 'a',
    around: afterCommit('orderUnknown', async () => a.life.die()),
  });
  const b = await world.start({ replica: 'b' });
  await world.until('the holder has died', () => a.life.dead, 30);
  b.life.pause();
  await world.passBlocks(20); // the next holder observes at once that it is bought
  b.life.resume();
  await world.until('all is bought', isFull(b), 300);
  expect(world.incidents.filter((code) => code === 'PURCHASE_UNKNOWN')).toHaveLength(1);
  await b.engine[Symbol.asyncDispose]();
});

it('a process that has lost the lease reports that the request of its order did not leave', async () => {
  await using world = new World({ policy: onlySmall });
  const a = await world.start({
    replica: 'a',
    around: afterCommit('orderSent', async () => world.run.life.pause()),
  });
  const b = await world.start({ replica: 'b' });
  await world.until('another replica has taken over', () => world.incidents.includes('PURCHASE_UNKNOWN'), 30);
  a.life.resume();
  await world.until('all is bought', isFull(b), 300);
  expect(world.incidents).toContain('ORDER_NOT_SENT');
  for (const { engine } of [a, b]) await engine[Symbol.asyncDispose]();
});

it('a process that is alone on its database waits after a restart for the order that it has sent', async () => {
  const given = withTwoNeeds();
  await using world = given.world;
  const first = await world.start();
  await world.until('a purchase is under way', () => given.purchases.length === 1);
  await world.step();
  first.life.die();
  await world.start();
  await world.until('the next purchase is sent', () => given.purchases.length > 1, 300);
  expect((await ordersOf(world)).map(({ state }) => state)).toEqual(['confirmed', 'sent']);
});
