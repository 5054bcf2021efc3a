import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AccessError } from '../../src/domain/access-error.ts';
import type { AcquireEvent } from '../../src/domain/acquisition.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { depth, nodeName } from '../../src/domain/units.ts';
import type { AcquireInput } from '../../src/pool/acquire-input.ts';
import { createPool, type PoolParts } from '../../src/pool/create-pool.ts';
import { CanaryChecks } from '../../src/signals/canary-checks.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { Levels } from '../../src/signals/levels.ts';
import { aCaller, anOrder, aStamp, batchId, momentAt, NODE, T0 } from '../builders.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { add, allAcquisitions, plan } from '../contracts/store-steps.ts';
import { failing } from '../http/failing-store.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { withMembers } from '../store/with-members.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';

const OTHER = nodeName('other');
const CALLER = aCaller('web');

let opened: OpenedStore;
beforeEach(async () => {
  opened = await temporarySqliteStore();
});
afterEach(() => opened.cleanUp());

interface Wishes extends Partial<Pick<PoolParts, 'enabled' | 'groupCommit' | 'nodes' | 'runs' | 'store'>> {
  readonly policy?: Partial<Policy>;
  readonly clock?: VirtualClock;
}

const NO_RUNS = { last: null, lastOfEach: [], onRun: () => () => {}, onRunElsewhere: () => () => {} };

/** A pool over the store as it is now, and what it asks for and reports. */
async function poolWith({
  policy: wishes = {},
  clock = new VirtualClock(T0),
  store = opened.store,
  groupCommit = true,
  ...parts
}: Wishes = {}) {
  const policy = aPolicy({ targets: new Map(), ...wishes });
  const readSnapshot = () => opened.store.snapshot(momentAt(T0, policy.acquireMinTtlSeconds));
  const seen = { runs: 0, commits: [] as number[], events: [] as AcquireEvent[], logged: [] as string[] };
  const watched = withMembers(store, {
    acquire: async (requests, moment) => {
      seen.commits.push(requests.length);
      return await store.acquire(requests, moment);
    },
  });
  const pool = createPool({
    enabled: true,
    nodes: [NODE, OTHER],
    policy,
    store: watched,
    groupCommit,
    clock,
    expiryClock: new ExpiryClock(clock),
    runs: { ...NO_RUNS, request: () => void (seen.runs += 1) },
    levels: new Levels(await readSnapshot(), { policy, readSnapshot, now: () => T0 }),
    incidents: new Incidents({ log: () => {}, count: () => {} }, clock),
    canaryChecks: new CanaryChecks(),
    publicUrl: (node) => `http://${node}.example`,
    effectiveBytes: (of) => of * 1_000,
    onAcquire: (event) => void seen.events.push(event),
    log: ({ event }) => void seen.logged.push(event),
    ...parts,
  });
  return { pool, seen, clock, ask: (input: AcquireInput) => pool.acquire(input, CALLER) };
}

describe('an acquisition', () => {
  it.each([
    ['leaves the target', [[17, 1]], true, 0],
    ['leaves fewer than the target', [[17, 2]], true, 1],
    ['leaves fewer than the target, and replenishment is not immediate', [[17, 2]], false, 0],
    [
      'is of a depth that has enough, and another has too few',
      [
        [17, 1],
        [22, 9],
      ],
      true,
      0,
    ],
    [
      'leaves fewer than the target, beside a depth of which none was taken',
      [
        [17, 2],
        [22, 1],
      ],
      true,
      1,
    ],
  ] as const)(
    'that %s requests as many runs as it should',
    async (_what, targets, immediateReplenish, runs) => {
      await add(opened.store, aStamp({ n: 1 }), aStamp({ n: 2 }));
      const of = new Map(targets.map(([wanted, count]) => [depth(wanted), count]));
      const { ask, seen } = await poolWith({ policy: { targets: of, immediateReplenish } });
      expect(await ask({})).toMatchObject({ is: 'acquired' });
      expect(seen.runs).toBe(runs);
    },
  );

  it('requests no run for what is on order', async () => {
    await add(opened.store, aStamp());
    await plan(opened.store, anOrder());
    const { ask, seen } = await poolWith({ policy: { targets: new Map([[depth(17), 1]]) } });
    await ask({});
    expect(seen.runs).toBe(0);
  });

  it('that finds no stamp requests a run, at most every 30 seconds, also beside one that finds one', async () => {
    await add(opened.store, aStamp());
    const { ask, seen, clock } = await poolWith();
    const results = await Promise.all([ask({}), ask({})]);
    expect(results.map(({ is }) => is)).toEqual(['acquired', 'exhausted']);
    expect([seen.runs, seen.commits]).toEqual([1, [2]]);
    clock.advanceTo(29_999);
    await ask({});
    expect(seen.runs).toBe(1);
    clock.advanceTo(30_000);
    await ask({});
    expect(seen.runs).toBe(2);
    const paced = await poolWith({ policy: { immediateReplenish: false } });
    expect(await paced.ask({})).toMatchObject({ is: 'exhausted' });
    expect(paced.seen.runs).toBe(0);
  });

  it('is not repeated if what follows its commit fails', async () => {
    await add(opened.store, aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3 }));
    const { ask, seen } = await poolWith({
      policy: { targets: new Map([[depth(17), 3]]) },
      runs: {
        ...NO_RUNS,
        request: () => {
          throw new TypeError('bug');
        },
      },
    });
    await Promise.allSettled([ask({}), ask({})]);
    expect(seen.commits).toEqual([2]);
    expect(await allAcquisitions(opened.store)).toHaveLength(2);
  });

  it.each([
    [true, [3]],
    [false, [1, 1, 1]],
  ])(
    'shares a commit with those that arrive at the same time, unless that is switched off: %s',
    async (groupCommit, commits) => {
      const { ask, seen } = await poolWith({ groupCommit });
      await Promise.all([ask({}), ask({}), ask({})]);
      expect(seen.commits).toEqual(commits);
    },
  );

  it('is reported with its outcome and its duration in seconds, also if it fails, and logged if it succeeds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    vi.advanceTimersByTime(5_000);
    await add(opened.store, aStamp());
    const { store } = opened;
    const slow = (around: PoolParts['store']): PoolParts['store'] =>
      withMembers(around, {
        acquire: async (requests, moment) => {
          vi.advanceTimersByTime(250);
          return await around.acquire(requests, moment);
        },
      });
    const { ask, seen } = await poolWith({ store: slow(store) });
    await ask({ size: 'small' });
    await ask({ size: 'large' });
    expect(seen.events).toMatchObject([
      { request: { depth: 17 }, outcome: { is: 'acquired' }, seconds: 0.25 },
      { request: { depth: 22 }, outcome: { is: 'exhausted' }, seconds: 0.25 },
    ]);
    expect(seen.logged).toEqual(['acquired']);
    const broken = await poolWith({ store: slow(failing(store)) });
    await expect(broken.ask({})).rejects.toThrow('disk I/O error');
    expect(broken.seen.events).toMatchObject([{ outcome: null, seconds: 0.25 }]);
  });

  it('is of the node that is asked for, if that is one of the settings', async () => {
    await add(opened.store, aStamp({ n: 1, ttlHours: 20 }), aStamp({ n: 2, node: OTHER }));
    const { ask, seen } = await poolWith();
    expect(await ask({ node: 'third' })).toEqual({ is: 'unknownNode', node: 'third', known: [NODE, OTHER] });
    expect(seen.commits).toEqual([]);
    expect(await ask({ node: 'other' })).toMatchObject({ stamp: { batchId: batchId(2) } });
    expect(await ask({ node: null })).toMatchObject({ stamp: { batchId: batchId(1) } });
  });

  it('is refused if the pool is disabled, or the caller may not have the depth', async () => {
    await add(opened.store, aStamp());
    const disabled = await poolWith({ enabled: false });
    expect(await disabled.ask({})).toEqual({ is: 'disabled' });
    expect(disabled.seen.commits).toEqual([]);
    const { pool } = await poolWith();
    const limited = aCaller('web', { depths: new Set([depth(20), depth(22)]) });
    const refused = pool.acquire({ size: 'small' }, limited);
    await expect(refused).rejects.toThrow(AccessError);
    await expect(refused).rejects.toThrow(/depth 20, 22/);
    expect(await pool.acquire({ size: 'large' }, limited)).toMatchObject({ is: 'exhausted' });
    expect(await pool.acquire({ size: 'small' }, CALLER)).toMatchObject({ is: 'acquired' });
  });

  it('says how long a used-up quota lasts: to the end of the UTC day, in whole seconds, at least one', async () => {
    const quotas = [{ subject: 'web', stamps: 0, cost: null }];
    const clock = new VirtualClock(T0);
    const { pool } = await poolWith({ clock });
    const retryAfter = () => pool.acquire({}, aCaller('web', { quotas }));
    const halfDayMs = 12 * 3_600_000;
    expect(await retryAfter()).toMatchObject({ is: 'quotaExceeded', retryAfterSeconds: 43_200 });
    clock.advanceTo(halfDayMs - 1_001);
    expect(await retryAfter()).toMatchObject({ retryAfterSeconds: 2 });
    clock.advanceTo(halfDayMs - 1);
    expect(await retryAfter()).toMatchObject({ retryAfterSeconds: 1 });
  });

  it('with a key that was used for another request names the key', async () => {
    await add(opened.store, aStamp());
    const { ask } = await poolWith();
    expect(await ask({ idempotencyKey: ' k ' })).toMatchObject({ is: 'acquired', replayed: false });
    expect(await ask({ idempotencyKey: 'k', clientRef: 'x' })).toEqual({
      is: 'conflict',
      idempotencyKey: 'k',
    });
  });
});

it('a stamp is shown to its owner, and to those who maintain the pool', async () => {
  await add(opened.store, aStamp({ n: 1 }), aStamp({ n: 2, ttlHours: 200 }));
  const { pool } = await poolWith();
  const owner = aCaller('web', { scopes: new Set(['acquire']) });
  await pool.acquire({}, owner);
  const shownTo = async (caller: typeof owner) =>
    (await Promise.all([1, 2].map((n) => pool.stamp(batchId(n), caller)))).map((stamp) => stamp?.batchId);
  expect(await shownTo(owner)).toEqual([batchId(1), undefined]);
  expect(await shownTo({ ...owner, id: 'app' })).toEqual([undefined, undefined]);
  expect(await shownTo({ ...owner, id: 'app', scopes: new Set(['maintain']) })).toEqual([
    batchId(1),
    batchId(2),
  ]);
  const { items } = await pool.myAcquisitions({ first: 9, after: null }, owner);
  expect(items.map(({ item }) => item.batchId)).toEqual([batchId(1)]);
  expect((await pool.myAcquisitions({ first: 9, after: null }, { ...owner, id: 'app' })).items).toEqual([]);
  expect(pool.useOf(aStamp())).toEqual({
    node: NODE,
    publicUrl: 'http://bee.example',
    effectiveBytes: 17_000,
  });
});
