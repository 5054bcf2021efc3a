import { expect, test } from 'vitest';
import { depth, isAcquisitionId, nodeName } from '../../src/domain/units.ts';
import { aPropagatingStamp, aRequest, aStamp, batchId, hours, momentAt, NODE, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { acquire, acquireAll, add, allAcquisitions, batchOf, NOW, PROMISE } from './store-steps.ts';

const OTHER = nodeName('other');

export function acquiring(current: () => StoreUnderTest): void {
  test('gives out a stamp of the depth asked for, and returns all its facts', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, ttlHours: 30, cost: 77n }));
    const outcome = await acquire(store, { caller: 'alice', clientRef: 'upload 7', idempotencyKey: 'k' });
    expect(outcome).toEqual({
      is: 'acquired',
      replayed: false,
      acquisition: {
        id: expect.any(String),
        batchId: batchId(1),
        acquiredAt: T0,
        caller: 'alice',
        clientRef: 'upload 7',
        idempotencyKey: 'k',
        askedDepth: 17,
        givenDepth: 17,
        cost: 77n,
        ttlSeconds: 30 * 3600,
      },
      stamp: ended(aStamp({ n: 1, ttlHours: 30, cost: 77n })),
    });
    expect(outcome.is === 'acquired' && isAcquisitionId(outcome.acquisition.id)).toBe(true);
    expect(await store.stamp(batchId(1))).toEqual(ended(aStamp({ n: 1, ttlHours: 30, cost: 77n })));
  });

  test('says of a stamp whether it is immutable', async () => {
    const { store } = current();
    await add(store, { ...aStamp({ n: 1 }), immutable: false }, aStamp({ n: 2, ttlHours: 200 }));
    const given = [await acquire(store, {}), await acquire(store, {})];
    expect(given).toMatchObject([{ stamp: { immutable: false } }, { stamp: { immutable: true } }]);
    const kept = await Promise.all([1, 2].map((n) => store.stamp(batchId(n))));
    expect(kept).toMatchObject([{ immutable: false }, { immutable: true }]);
  });

  test('gives out the stamp of a depth that expires first and still meets the promise', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 50 }),
      aStamp({ n: 2, ttlHours: 11 }),
      aStamp({ n: 3, ttlHours: 12 }),
    );
    expect(batchOf(await acquire(store, {}))).toBe(batchId(3));
    expect(batchOf(await acquire(store, {}))).toBe(batchId(1));
    expect(await acquire(store, {})).toEqual({ is: 'exhausted' });
  });

  test('meets the promise to the second, from the moment of the acquisition', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, ttlHours: 12 }));
    const tooLate = momentAt(new Date(T0.getTime() + 1), 12 * 3600);
    expect(await acquire(store, {}, tooLate)).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, {}))).toBe(batchId(1));
  });

  test('meets the time to live that the client asks for, or the promise if that is longer', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 11 }),
      aStamp({ n: 2, ttlHours: 20 }),
      aStamp({ n: 3, ttlHours: 40 }),
    );
    expect(batchOf(await acquire(store, { minTtlSeconds: 21 * 3600 }))).toBe(batchId(3));
    expect(batchOf(await acquire(store, { minTtlSeconds: 3600 }))).toBe(batchId(2));
    expect(await acquire(store, { minTtlSeconds: 3600 })).toEqual({ is: 'exhausted' });
  });

  test('meets the time to live of each request of one commit', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 20 }),
      aStamp({ n: 2, ttlHours: 40 }),
      aStamp({ n: 3, ttlHours: 60 }),
    );
    const requests = [50, 21, 1].map((ttlHours) => aRequest({ minTtlSeconds: ttlHours * 3600 }));
    expect((await acquireAll(store, requests, PROMISE)).map(batchOf)).toEqual([3, 2, 1].map(batchId));
  });

  test('gives out the smallest larger stamp if there is none of the depth, and never a smaller one', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, depth: 22, ttlHours: 20 }),
      aStamp({ n: 2, depth: 20 }),
      aStamp({ n: 3, depth: 17 }),
      aStamp({ n: 4, depth: 19, ttlHours: 2 }),
    );
    const outcome = await acquire(store, { depth: 18 });
    expect(outcome).toMatchObject({ acquisition: { batchId: batchId(2), askedDepth: 18, givenDepth: 20 } });
    expect(batchOf(await acquire(store, { depth: 18 }))).toBe(batchId(1));
    expect(await acquire(store, { depth: 18 })).toEqual({ is: 'exhausted' });
  });

  test('keeps the last stamps of a depth for requests of that depth', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 20 }), aStamp({ n: 2, depth: 20 }), aStamp({ n: 3, depth: 22 }));
    await add(store, aStamp({ n: 4, depth: 20, ttlHours: 1 })); // cannot be given out: it does not count
    const floor = { exactFloor: new Map([[depth(20), 1]]), maxSteps: null };
    const moment = { ...PROMISE, fallback: floor };
    expect(batchOf(await acquire(store, {}, moment))).toBe(batchId(1));
    expect(batchOf(await acquire(store, {}, moment))).toBe(batchId(3));
    expect(await acquire(store, {}, moment)).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, { depth: 20 }, moment))).toBe(batchId(2));
  });

  test('gives each of many requests of one commit a stamp of its own, and leaves the floor', async () => {
    const { store } = current();
    await add(
      store,
      ...Array.from({ length: 40 }, (_, at) => aStamp({ n: at + 1, depth: 20, ttlHours: 100 + at })),
    );
    const floor = { exactFloor: new Map([[depth(20), 3]]), maxSteps: null };
    const requests = Array.from({ length: 50 }, () => aRequest());
    const outcomes = await acquireAll(store, requests, { ...PROMISE, fallback: floor });
    expect(outcomes.map(batchOf)).toEqual(requests.map((_, at) => (at < 37 ? batchId(at + 1) : undefined)));
    expect(await store.levels(NOW)).toEqual(new Map([[20, 3]]));
    expect(await allAcquisitions(store)).toHaveLength(37);
  });

  test('counts against the floor of a depth only what one commit has given out of that depth', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1 }),
      aStamp({ n: 2, depth: 20 }),
      aStamp({ n: 3, depth: 20, ttlHours: 200 }),
    );
    const floor = { exactFloor: new Map([[depth(20), 1]]), maxSteps: null };
    const requests = [aRequest(), aRequest(), aRequest()];
    const outcomes = await acquireAll(store, requests, { ...PROMISE, fallback: floor });
    expect(outcomes.map(batchOf)).toEqual([batchId(1), batchId(2), undefined]);
  });

  test.for([
    [0, null],
    [2, null],
    [3, 1],
    [null, 1],
  ] as const)('takes at most %s depths larger', async ([maxSteps, given]) => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 20 }));
    const moment = { ...PROMISE, fallback: { exactFloor: new Map(), maxSteps } };
    const outcome = await acquire(store, {}, moment);
    expect(batchOf(outcome)).toBe(given === null ? undefined : batchId(given));
  });

  test('gives out only stamps of the node that is asked for, also larger ones, and counts the floor over all nodes', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 20 }),
      aStamp({ n: 2, depth: 20, node: OTHER }),
      aStamp({ n: 3, depth: 20, node: OTHER }),
      aStamp({ n: 4, depth: 20 }),
    );
    const floor = { exactFloor: new Map([[depth(20), 2]]), maxSteps: null };
    const moment = { ...PROMISE, fallback: floor };
    expect(batchOf(await acquire(store, { node: OTHER }, moment))).toBe(batchId(2));
    expect(await acquire(store, { node: OTHER }, moment)).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, { node: OTHER, depth: 20 }, moment))).toBe(batchId(3));
    expect(batchOf(await acquire(store, { node: NODE }, moment))).toBe(batchId(1));
    expect(await acquire(store, { node: OTHER, depth: 20 }, moment)).toEqual({ is: 'exhausted' });
  });

  test('of a depth, gives out stamps of a node of last resort last', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 20 }),
      aStamp({ n: 2, node: OTHER }),
      aStamp({ n: 3, depth: 20, node: OTHER }),
    );
    const moment = { ...PROMISE, lastResortNodes: new Set([NODE]) };
    const given = [await acquire(store, {}, moment), await acquire(store, {}, moment)];
    expect(given.map(batchOf)).toEqual([batchId(2), batchId(1)]);
  });

  test('gives out the smallest larger stamp of all nodes, of which some have none', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, depth: 17, node: NODE }),
      aStamp({ n: 2, depth: 22, node: OTHER }),
      aStamp({ n: 3, depth: 20, node: nodeName('third') }),
    );
    const given = await acquireAll(store, Array(4).fill(aRequest({ depth: 17 })), PROMISE);
    expect(given.map(batchOf)).toEqual([batchId(1), batchId(3), batchId(2), undefined]);
  });

  test('gives out no larger stamp if the client does not allow it', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 20 }));
    expect(await acquire(store, { allowLarger: false })).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, { depth: 20, allowLarger: false }))).toBe(batchId(1));
  });

  test.for([
    ['propagating', aPropagatingStamp()],
    ['missing', aStamp({ withheld: 'missing', missingSinceBlock: 5 })],
    ['lost', aStamp({ withheld: 'lost', missingSinceBlock: 5 })],
    ['in use', aStamp({ withheld: 'in_use' })],
  ] as const)('does not give out a stamp that is %s', async ([, stamp]) => {
    const { store } = current();
    await add(store, stamp);
    expect(await acquire(store, {})).toEqual({ is: 'exhausted' });
    expect(await store.stamp(batchId(1))).toEqual(stamp);
  });

  test('serves a list in its order', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 17 }), aStamp({ n: 2, depth: 20 }));
    const outcomes = await acquireAll(
      store,
      [aRequest({ depth: 20 }), aRequest({ depth: 17 }), aRequest({ depth: 17 })],
      PROMISE,
    );
    expect(outcomes.map(batchOf)).toEqual([batchId(2), batchId(1), undefined]);
  });

  test('returns an empty list for an empty list', async () => {
    expect(await acquireAll(current().store, [], PROMISE)).toEqual([]);
  });

  test('gives 200 stamps to 400 clients at once, each to one', async () => {
    const { store } = current();
    await add(store, ...Array.from({ length: 200 }, (_, n) => aStamp({ n: n + 1, depth: n % 2 ? 17 : 20 })));
    const outcomes = await Promise.all(Array.from({ length: 400 }, () => acquire(store, {})));
    const given = outcomes.map(batchOf).filter((id) => id !== undefined);
    expect(given).toHaveLength(200);
    expect(new Set(given).size).toBe(200);
    expect((await allAcquisitions(store)).map((acquisition) => acquisition.batchId).toSorted()).toEqual(
      given.toSorted(),
    );
    expect(await store.levels(NOW)).toEqual(new Map());
  });

  test('never gives out a stamp twice, also if it is added, seen and made available again', async () => {
    const { store } = current();
    await add(store, aStamp());
    await acquire(store, {});
    await store.write(
      [
        { change: 'stampAdded', stamp: aStamp() },
        { change: 'stampAvailable', batchId: batchId(1), expiresAt: hours(99), ttlAtCreationSeconds: 1 },
      ],
      T0,
    );
    expect(await acquire(store, {})).toEqual({ is: 'exhausted' });
    expect(await store.stamp(batchId(1))).toEqual(ended(aStamp()));
  });

  test('survives a restart', async () => {
    const opened = current();
    const { store } = opened;
    await add(store, aStamp());
    const given = await acquire(store, { idempotencyKey: 'k' });
    const after = await opened.reopen();
    expect(await acquire(after, {})).toEqual({ is: 'exhausted' });
    expect(await acquire(after, { idempotencyKey: 'k' })).toEqual({ ...given, replayed: true });
  });

  counting(current);
}

function counting(current: () => StoreUnderTest): void {
  test('compares expiries with one clock, and records the wall-clock time', async () => {
    const { store } = current();
    await add(store, aStamp({ ttlHours: 13 }));
    const moment = { ...PROMISE, wallClock: hours(-700) };
    expect(await acquireAll(store, [aRequest()], moment)).toMatchObject([
      { is: 'acquired', acquisition: { acquiredAt: hours(-700), ttlSeconds: 13 * 3600 } },
    ]);
    expect(await store.demandSince(hours(-700))).toMatchObject([{ hour: hours(-700), outcome: 'met' }]);
  });

  test('counts the demand by hour, depth asked for and outcome, with unmet demand', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }), aStamp({ n: 3, depth: 20 }));
    await acquireAll(store, [aRequest(), aRequest(), aRequest(), aRequest()], PROMISE);
    await acquire(store, {}, momentAt(new Date(T0.getTime() + 3_599_999), 12 * 3600));
    await acquire(store, { depth: 22 }, momentAt(hours(1), 12 * 3600));
    expect(await store.demandSince(T0)).toEqual([
      { hour: T0, depth: 17, outcome: 'exhausted', count: 2 },
      { hour: T0, depth: 17, outcome: 'met', count: 2 },
      { hour: T0, depth: 17, outcome: 'met_by_larger', count: 1 },
      { hour: hours(1), depth: 22, outcome: 'exhausted', count: 1 },
    ]);
  });

  test('counts neither a retry nor a conflict as demand', async () => {
    const { store } = current();
    await add(store, aStamp());
    const request = aRequest({ idempotencyKey: 'k' });
    await acquireAll(store, [request, request, { ...request, minTtlSeconds: 1 }], PROMISE);
    expect(await store.demandSince(T0)).toEqual([{ hour: T0, depth: 17, outcome: 'met', count: 1 }]);
  });

  test('returns the demand of the hour of a moment, and of the hours after it', async () => {
    const { store } = current();
    for (const at of [T0, hours(1), hours(2)]) await acquire(store, {}, momentAt(at, 12 * 3600));
    expect((await store.demandSince(new Date(hours(1).getTime() + 1))).map(({ hour }) => hour)).toEqual([
      hours(1),
      hours(2),
    ]);
  });
}

/** What an available stamp is once it belongs to a client. */
function ended(stamp: ReturnType<typeof aStamp>): object {
  const {
    availableAt: _availableAt,
    missingSinceBlock: _missing,
    withheld: _withheld,
    lastLostAtBlock: _lost,
    ...facts
  } = stamp;
  return { ...facts, state: 'acquired' };
}
