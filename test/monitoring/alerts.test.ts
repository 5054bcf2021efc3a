import { describe, expect, test } from 'vitest';
import { depth, plur } from '../../src/domain/units.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { aCaller, aRequest } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { hasPromtool } from './promtool.ts';
import { RULES } from './rules.ts';
import { Timeline } from './timeline.ts';

const BZZ = 10n ** 16n;
const XDAI = 10n ** 18n;
const TARGET = 3;
/** The reserve is low at one stamp of three. */
const policy = { targets: new Map([[depth(17), TARGET]]) };

const fired = new Set<string>();

/** A timeline of a full reserve in its tenth minute, in which no alert fires. */
async function begin(world: World): Promise<Timeline> {
  const timeline = new Timeline(world);
  await timeline.pass(10);
  timeline.expectFiring();
  return timeline;
}

/** Exactly these alerts fire now. They are remembered for the last test. */
function firing(timeline: Timeline, ...alerts: readonly string[]): void {
  for (const alert of alerts) fired.add(alert);
  timeline.expectFiring(...alerts);
}

const acquire = async (world: World, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await world.run.engine.pool.acquire({}, aCaller('client'));
};

/** A store that fails while `broken.is` is true. */
const breakable =
  (broken: { is: boolean }) =>
  (store: Store): Store =>
    new Proxy(store, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        return (...args: readonly unknown[]): unknown =>
          broken.is && key !== Symbol.asyncDispose
            ? Promise.reject(new StoreFailedError('disk is full'))
            : Reflect.apply(member, target, args);
      },
    });

describe.runIf(hasPromtool)('as scraped from a pool with a simulated node', () => {
  test('an empty wallet: the reserve runs out, clients get none, and after a payment all is well', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const { chain, wallet } = world.simulator;
    const timeline = await begin(world);
    chain.setBalance(wallet, { bzzPlur: 0n, xdaiWei: 10n * XDAI });
    await acquire(world, TARGET);
    await timeline.pass(9);
    timeline.expectFiring();
    await timeline.pass(10);
    firing(timeline, 'StampPoolDepthEmpty', 'StampPoolRunwayShort', 'StampPoolHeld');
    await acquire(world, 1);
    await timeline.pass(15);
    firing(
      timeline,
      'StampPoolDepthEmpty',
      'StampPoolLowReserve',
      'StampPoolRunwayShort',
      'StampPoolHeld',
      'StampPoolExhausted',
    );
    chain.setBalance(wallet, { bzzPlur: 100n * BZZ, xdaiWei: 10n * XDAI });
    await timeline.pass(30);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('too little gas', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const { chain, wallet } = world.simulator;
    const timeline = await begin(world);
    chain.setBalance(wallet, { bzzPlur: 100n * BZZ, xdaiWei: XDAI / 20n });
    await timeline.pass(30);
    firing(timeline, 'StampPoolGasLow');
    chain.setBalance(wallet, { bzzPlur: 100n * BZZ, xdaiWei: XDAI });
    await timeline.pass(20);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('the daily limit: a hold, until the operator raises it', async () => {
    await using world = await stocked(
      { 17: TARGET },
      { metered: true, policy: { ...policy, maxSpendPerDay: plur(0n) } },
    );
    const timeline = await begin(world);
    await acquire(world, 1);
    await timeline.pass(20);
    firing(timeline, 'StampPoolHeld');
    await world.stop();
    world.set({ maxSpendPerDay: plur(10n * BZZ) });
    await world.start();
    await timeline.pass(10);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('Bee away', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const timeline = await begin(world);
    world.simulator.faults.set('down', {});
    await world.maintain();
    await timeline.pass(5);
    timeline.expectFiring();
    await timeline.pass(10);
    firing(timeline, 'StampPoolNodeNotFresh');
    world.simulator.faults.clear('down');
    await timeline.pass(10);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a canary that does not work, until it does', async () => {
    let failure: string | null = null;
    await using world = await stocked(
      { 17: TARGET },
      { metered: true, policy: { ...policy, canaryIntervalSeconds: 60 }, upload: async () => failure },
    );
    const timeline = await begin(world);
    failure = 'no peers';
    await timeline.pass(5);
    firing(timeline, 'StampPoolCanaryFailing');
    failure = null;
    await timeline.pass(5);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('another node behind the URL', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const other = world.anotherNode(7);
    const timeline = await begin(world);
    world.answerFrom(() => other);
    await world.maintain();
    await timeline.pass(8);
    firing(timeline, 'StampPoolNodeChanged');
    await timeline.pass(5);
    firing(timeline, 'StampPoolNodeChanged', 'StampPoolNodeNotFresh', 'StampPoolDepthEmpty');
    world.answerFrom(() => world.simulator);
    await timeline.pass(10);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a database that fails: nothing is given out, and no run ends', async () => {
    const broken = { is: false };
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    await world.stop();
    await world.start({ around: breakable(broken) });
    const timeline = await begin(world);
    broken.is = true;
    await timeline.pass(3);
    firing(timeline, 'StampPoolStoreDown', 'StampPoolIncident');
    await timeline.pass(50);
    firing(timeline, 'StampPoolStoreDown', 'StampPoolIncident', 'StampPoolNoRuns');
    broken.is = false;
    await timeline.pass(30);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a node that forgets its stamps', async () => {
    await using world = await stocked(
      { 17: TARGET },
      { metered: true, policy: { ...policy, maxSpendPerDay: plur(0n) } },
    );
    const timeline = await begin(world);
    world.simulator.faults.set('stampsEmpty', {});
    await world.maintain();
    await timeline.pass(90);
    firing(
      timeline,
      'StampPoolStampsWithheld',
      'StampPoolDepthEmpty',
      'StampPoolLowReserve',
      'StampPoolHeld',
    );
    world.simulator.faults.clear('stampsEmpty');
    await timeline.pass(40);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a purchase that is stuck for more than half an hour, and mined then', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const timeline = await begin(world);
    world.simulator.faults.set('error500AfterBroadcast', { method: 'POST', times: 1 });
    world.simulator.faults.set('txDelayed', { blocks: 460, times: 1 });
    await acquire(world, 1);
    await timeline.pass(34);
    firing(timeline, 'StampPoolOrderUnknown', 'StampPoolIncident');
    await timeline.pass(25);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a need that was paid for twice', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const timeline = await begin(world);
    world.simulator.faults.set('sendUnseen', { method: 'POST', times: 1 });
    world.simulator.faults.set('txDelayed', { blocks: 110, times: 1 });
    await acquire(world, 1);
    await timeline.pass(20);
    firing(timeline, 'StampPoolPaidTwice');
    timeline.repeat(24 * 60);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a service that does not run', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const timeline = await begin(world);
    await world.kill();
    await timeline.passWithoutService(10);
    firing(timeline, 'StampPoolAbsent');
    await world.start();
    await timeline.pass(10);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('a slow disk, a log that is not read, and a webhook receiver that is down', async () => {
    await using world = await stocked({ 17: TARGET }, { metered: true, policy });
    const { metrics } = world;
    const timeline = await begin(world);
    world.droppedLogLines = 7;
    metrics.webhooks.waiting(3);
    for (let minute = 0; minute < 34; minute++) {
      metrics.acquired({ request: aRequest(), outcome: { is: 'conflict' }, isMeetable: true, seconds: 0.9 });
      await timeline.pass(1);
      if (minute === 5) firing(timeline, 'StampPoolLogDropped');
    }
    firing(timeline, 'StampPoolAcquiresSlow', 'StampPoolWebhooksWaiting');
    metrics.webhooks.waiting(0);
    await timeline.pass(15);
    timeline.expectFiring();
    expect(timeline.mistakes()).toBe('');
  });

  test('every alert fires in one of these', () => {
    const silent = RULES.map(({ alert }) => alert).filter((alert) => !fired.has(alert));
    expect(silent).toEqual([]);
  });
});
