import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_SECONDS } from '../../src/domain/durations.ts';
import { depth, nodeName } from '../../src/domain/units.ts';
import { exhausted } from '../../src/pool/exhausted.ts';
import { Levels } from '../../src/signals/levels.ts';
import { momentOf } from '../../src/store/moment.ts';
import { anOrder, aPropagatingStamp, aRequest, aStamp, hours, NODE, seconds, T0 } from '../builders.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { add, plan } from '../contracts/store-steps.ts';
import { aRun } from '../rest/a-run.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { aPolicy } from '../virtual/world.ts';

const OTHER = nodeName('other');
/** Before the first purchase, of 36 blocks. */
const LEAD_SECONDS = 180;

let opened: OpenedStore;
beforeEach(async () => {
  opened = await temporarySqliteStore();
});
afterEach(() => opened.cleanUp());

interface Given {
  readonly request?: Parameters<typeof aRequest>[0];
  readonly maxSteps?: number | null;
  readonly targets?: readonly number[];
  /** When the levels were counted. */
  readonly countedAt?: Date;
  readonly immediateReplenish?: boolean;
  /** When the next run of each node is due. */
  readonly nextRunsAt?: readonly Date[];
}

async function resultOf({ request = {}, maxSteps = null, targets = [], countedAt = T0, ...given }: Given) {
  const { immediateReplenish = true, nextRunsAt = [] } = given;
  const policy = aPolicy({
    immediateReplenish,
    targets: new Map(targets.map((of) => [depth(of), 1])),
    fallback: { exactFloor: new Map(), maxSteps },
  });
  const { store } = opened;
  const expiryClock = { now: () => T0 };
  const readSnapshot = () => store.snapshot(momentOf(policy, countedAt));
  const levels = new Levels(await readSnapshot(), { policy, readSnapshot, ...expiryClock });
  const lastOfEach = nextRunsAt.map((nextAt) => aRun({ nextAt }));
  const parts = { store, policy, expiryClock, levels, nodes: [NODE], runs: { lastOfEach } };
  const result = await exhausted(aRequest(request), parts);
  if (result.is !== 'exhausted') throw new Error(result.is);
  return result;
}

const expectedAt = async (given: Given) => (await resultOf(given)).expectedAt;

describe('a request that gets no stamp', () => {
  it('is answered with what was asked for, and all other depths in stock, the smallest first', async () => {
    const { store } = opened;
    await add(store, aStamp({ n: 1, depth: 22 }), aStamp({ n: 2 }), aStamp({ n: 3, depth: 18 }));
    await add(store, aStamp({ n: 4, depth: 20, ttlHours: 1 }), aStamp({ n: 5, depth: 22, node: OTHER }));
    expect(await resultOf({ request: { depth: 18 } })).toEqual({
      is: 'exhausted',
      depth: 18,
      node: null,
      expectedAt: null,
      alternatives: [
        { depth: 17, available: 1 },
        { depth: 22, available: 2 },
      ],
    });
    const { node, alternatives } = await resultOf({ request: { node: NODE, depth: 18 } });
    expect([node, alternatives]).toEqual([
      NODE,
      [
        { depth: 17, available: 1 },
        { depth: 22, available: 1 },
      ],
    ]);
  });

  it('is answered with those depths only of which a stamp lives as long as the request wants', async () => {
    await add(
      opened.store,
      aStamp({ n: 1, depth: 18, ttlHours: 20 }),
      aStamp({ n: 2, depth: 20, ttlHours: 30 }),
    );
    await add(
      opened.store,
      aStamp({ n: 3, depth: 20, ttlHours: 20 }),
      aStamp({ n: 4, depth: 22, ttlHours: 20 }),
      aStamp({ n: 5, depth: 22, ttlHours: 30, node: OTHER }),
    );
    const request = { minTtlSeconds: 24 * HOUR_SECONDS };
    const [of20, of22] = [20, 22].map((of) => ({ depth: of, available: 2 }));
    expect(await resultOf({ request })).toMatchObject({ alternatives: [of20, of22] });
    expect(await resultOf({ request: { ...request, node: NODE } })).toMatchObject({ alternatives: [of20] });
  });

  it('is told of no depth that the caller may not have', async () => {
    await add(opened.store, aStamp({ n: 1, depth: 20 }), aStamp({ n: 2, depth: 22 }));
    await plan(opened.store, anOrder({ depth: 21, plannedAt: seconds(-30) }));
    const request = { depth: 18, depths: new Set([depth(18), depth(22)]) };
    expect(await resultOf({ request })).toMatchObject({
      expectedAt: null,
      alternatives: [{ depth: 22, available: 1 }],
    });
  });

  it.each<[string, Given, number]>([
    ['at once', { nextRunsAt: [seconds(600)] }, 0],
    ['by the next run', { nextRunsAt: [seconds(600), seconds(300)], immediateReplenish: false }, 300],
    ['by a run that is due', { nextRunsAt: [seconds(-1)], immediateReplenish: false }, 0],
    ['by the first run', { immediateReplenish: false }, 0],
    [
      'after an interval, whatever the clock was set to',
      { nextRunsAt: [hours(9)], immediateReplenish: false },
      900,
    ],
  ])('expects what is bought %s: %j', async (_when, given, afterSeconds) => {
    expect(await expectedAt({ targets: [17], ...given })).toEqual(seconds(LEAD_SECONDS + afterSeconds));
  });

  it('is answered with the depths of all nodes, the smallest first', async () => {
    const stamps = [22, 20, 18].map((of, at) =>
      aStamp({ n: at + 1, depth: of, node: [NODE, OTHER, nodeName('third')][at] ?? NODE }),
    );
    await add(opened.store, ...stamps);
    const { alternatives } = await resultOf({ request: { depth: 19 } });
    expect(alternatives.map((one) => one.depth)).toEqual([18, 20, 22]);
  });

  it.each<[string, Given, boolean]>([
    ['of that depth', { request: { depth: 20 } }, true],
    ['of that depth, and accepts no larger one', { request: { depth: 20, allowLarger: false } }, true],
    ['of a larger depth', {}, true],
    ['of a larger depth, and accepts none', { request: { allowLarger: false } }, false],
    ['of a depth as much larger as is allowed', { maxSteps: 3 }, true],
    ['of a depth that is too large', { maxSteps: 2 }, false],
    ['of a smaller depth', { request: { depth: 21 } }, false],
  ])('expects a stamp on order %s: %j', async (_what, given, isExpected) => {
    await plan(opened.store, anOrder({ depth: 20, plannedAt: seconds(-30) }));
    expect(await expectedAt(given)).toEqual(isExpected ? seconds(LEAD_SECONDS - 30) : null);
  });

  it('expects what the pool buys, but of one node only what that node has on order', async () => {
    expect(await expectedAt({ targets: [20] })).toEqual(seconds(LEAD_SECONDS));
    expect(await expectedAt({ targets: [17], request: { depth: 18 } })).toBeNull();
    const ofOther = { request: { node: OTHER }, targets: [17] };
    expect(await expectedAt(ofOther)).toBeNull();
    await add(opened.store, aPropagatingStamp({ n: 1, createdAt: seconds(-60) }));
    expect(await expectedAt(ofOther)).toBeNull();
    expect(await expectedAt({})).toEqual(seconds(LEAD_SECONDS - 60));
    await add(opened.store, aPropagatingStamp({ n: 2, node: OTHER, createdAt: seconds(-60) }));
    expect(await expectedAt(ofOther)).toEqual(seconds(LEAD_SECONDS));
  });

  it('expects nothing for a time to live that no new stamp has', async () => {
    const { defaultDurationSeconds } = aPolicy();
    const wishes = [defaultDurationSeconds, defaultDurationSeconds + 2 * HOUR_SECONDS];
    const expected = await Promise.all(
      wishes.map((minTtlSeconds) => expectedAt({ targets: [17], request: { minTtlSeconds } })),
    );
    expect(expected).toEqual([seconds(LEAD_SECONDS), null]);
  });

  it('expects nothing of a depth whose target is met, if no stamp of it lives as long as the request wants', async () => {
    await add(opened.store, aStamp({ ttlHours: 20 }));
    const request = { minTtlSeconds: 24 * HOUR_SECONDS };
    expect(await expectedAt({ targets: [17], request })).toBeNull();
  });

  it('expects a stamp in place of one that has become too short-lived since the levels were counted', async () => {
    await add(opened.store, aStamp({ ttlHours: 11.5 }));
    expect(await expectedAt({ targets: [17], countedAt: hours(-1) })).toEqual(seconds(LEAD_SECONDS));
  });
});
