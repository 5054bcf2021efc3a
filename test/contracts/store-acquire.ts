import { expect, test } from 'vitest';
import type { AcquireOutcome, AcquireRequest } from '../../src/domain/acquisition.ts';
import { depth, isAcquisitionId } from '../../src/domain/units.ts';
import type { Store } from '../../src/store/store.ts';
import { aPropagatingStamp, aRequest, aStamp, batchId, hours, momentAt, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { acquireAll, add, allAcquisitions, batchOf, NOW } from './store-steps.ts';

const PROMISE = momentAt(T0, 12 * 3600);

/** One client that asks alone. */
async function acquire(
  store: Store,
  wishes: Parameters<typeof aRequest>[0],
  moment = PROMISE,
): Promise<AcquireOutcome> {
  const [outcome] = await acquireAll(store, [aRequest(wishes)], moment);
  if (!outcome) throw new Error('one request, no outcome');
  return outcome;
}

export function acquiring(current: () => StoreUnderTest): void {
  test('hands out a stamp of the depth asked for, and tells all about it', async () => {
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

  test('among equals hands out the one that expires first and still keeps the promise', async () => {
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

  test('keeps the promise to the second, reckoned from the moment of the acquisition', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, ttlHours: 12 }));
    const tooLate = momentAt(new Date(T0.getTime() + 1), 12 * 3600);
    expect(await acquire(store, {}, tooLate)).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, {}))).toBe(batchId(1));
  });

  test('keeps what the client asks for when that is longer than the promise, and the promise when it is not', async () => {
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

  test('takes the smallest larger one when there is none of the depth, and never a smaller one', async () => {
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

  test('keeps the last so many of a depth for requests of that depth', async () => {
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

  test('takes no larger one when the client does not want that', async () => {
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
  ] as const)('hands out nothing that is %s', async ([, stamp]) => {
    const { store } = current();
    await add(store, stamp);
    expect(await acquire(store, {})).toEqual({ is: 'exhausted' });
    expect(await store.stamp(batchId(1))).toEqual(stamp);
  });

  test('carries out a list in its order', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 17 }), aStamp({ n: 2, depth: 20 }));
    const outcomes = await acquireAll(
      store,
      [aRequest({ depth: 20 }), aRequest({ depth: 17 }), aRequest({ depth: 17 })],
      PROMISE,
    );
    expect(outcomes.map(batchOf)).toEqual([batchId(2), batchId(1), undefined]);
  });

  test('answers an empty list with an empty one', async () => {
    expect(await acquireAll(current().store, [], PROMISE)).toEqual([]);
  });

  test('gives 500 stamps to 1,000 clients at once, each to one', async () => {
    const { store } = current();
    await add(store, ...Array.from({ length: 500 }, (_, n) => aStamp({ n: n + 1, depth: n % 2 ? 17 : 20 })));
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => acquire(store, {})));
    const given = outcomes.map(batchOf).filter((id) => id !== undefined);
    expect(given).toHaveLength(500);
    expect(new Set(given).size).toBe(500);
    expect((await allAcquisitions(store)).map((acquisition) => acquisition.batchId).toSorted()).toEqual(
      given.toSorted(),
    );
    expect(await store.levels(NOW)).toEqual(new Map());
  });

  test('never gives out again what was given out, though it is added, seen and made available once more', async () => {
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

  test('outlives a restart', async () => {
    const opened = current();
    const { store } = opened;
    await add(store, aStamp());
    const given = await acquire(store, { idempotencyKey: 'k' });
    const after = await opened.reopen();
    expect(await acquire(after, {})).toEqual({ is: 'exhausted' });
    expect(await acquire(after, { idempotencyKey: 'k' })).toEqual({ ...given, replayed: true });
  });

  replaying(current);
  counting(current);
}

function replaying(current: () => StoreUnderTest): void {
  test('gives a retry with the same key the acquisition of then, also when the pool is empty and time has passed', async () => {
    const { store } = current();
    await add(store, aStamp());
    const first = await acquire(store, { idempotencyKey: 'k' });
    const retry = await acquire(store, { idempotencyKey: 'k' }, momentAt(hours(24 * 365), 12 * 3600));
    expect(retry).toEqual({ ...first, replayed: true });
    expect(await allAcquisitions(store)).toHaveLength(1);
  });

  test('knows a retry that arrives together with the request', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    const request = aRequest({ idempotencyKey: 'k' });
    const [first, second] = await acquireAll(store, [request, request], PROMISE);
    expect(first).toMatchObject({ is: 'acquired', replayed: false });
    expect(second).toEqual({ ...first, replayed: true });
  });

  test.for<[string, Partial<AcquireRequest> & { readonly depth?: never }]>([
    ['whether a larger one will do', { allowLarger: false }],
    ['the time to live', { minTtlSeconds: 5 }],
    ['the reference', { clientRef: 'another' }],
  ])('refuses a used key when the request differs in %s', async ([, difference]) => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    await acquire(store, { idempotencyKey: 'k' });
    expect(await acquire(store, { idempotencyKey: 'k', ...difference })).toEqual({ is: 'conflict' });
    expect(await store.levels(NOW)).toEqual(new Map([[17, 1]]));
  });

  test('refuses a used key when the request differs in the depth', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 }));
    await acquire(store, { idempotencyKey: 'k' });
    expect(await acquire(store, { idempotencyKey: 'k', depth: 20 })).toEqual({ is: 'conflict' });
  });

  test('keeps the keys of two callers apart, and requests without a key', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 4].map((n) => aStamp({ n, ttlHours: 100 + n })));
    const wishes = [{ idempotencyKey: 'k', caller: 'a' }, { idempotencyKey: 'k', caller: 'b' }, {}, {}];
    const outcomes = await acquireAll(store, wishes.map(aRequest), PROMISE);
    expect(outcomes.map(batchOf)).toEqual([1, 2, 3, 4].map(batchId));
  });

  test('finds what was acquired under the former form of a key, and keeps the new form otherwise', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    const former = await acquire(store, { idempotencyKey: '"old"' });
    const both = { idempotencyKey: 'old', formerIdempotencyKey: '"old"' };
    expect(await acquire(store, both)).toEqual({ ...former, replayed: true });
    expect(await acquire(store, { ...both, clientRef: 'x' })).toEqual({ is: 'conflict' });
    const next = { idempotencyKey: 'new', formerIdempotencyKey: '"new"' };
    expect(await acquire(store, next)).toMatchObject({ acquisition: { idempotencyKey: 'new' } });
  });

  test('finds what a key stood for under a former caller, and gives it to no other caller', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 4].map((n) => aStamp({ n })));
    const before = await acquire(store, { caller: '10.0.0.1', idempotencyKey: 'k' });
    const web = { caller: 'web', idempotencyKey: 'k' };
    const retry = await acquire(store, { ...web, formerCaller: '10.0.0.1' });
    expect(retry).toEqual({ ...before, replayed: true });
    const afterwards = await acquire(store, web);
    expect(afterwards).toMatchObject({ replayed: false, acquisition: { caller: 'web' } });
    // its own key comes first from then on
    expect(await acquire(store, { ...web, formerCaller: '10.0.0.1' })).toEqual({
      ...afterwards,
      replayed: true,
    });
    expect(await acquire(store, { ...web, caller: 'app', formerCaller: '10.0.0.2' })).toMatchObject({
      replayed: false,
    });
  });

  test('gives no depth that the caller may not be given, as a larger one either', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 20 }), aStamp({ n: 2, depth: 22 }));
    const depths = (...all: number[]): Parameters<typeof aRequest>[0] => ({
      depths: new Set(all.map(depth)),
    });
    expect(await acquire(store, depths(17))).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, depths(17, 22)))).toBe(batchId(2));
  });

  test('a key under which nothing was given is free', async () => {
    const { store } = current();
    expect(await acquire(store, { idempotencyKey: 'k' })).toEqual({ is: 'exhausted' });
    await add(store, aStamp());
    expect(await acquire(store, { idempotencyKey: 'k', clientRef: 'x' })).toMatchObject({
      is: 'acquired',
      replayed: false,
    });
  });
}

function counting(current: () => StoreUnderTest): void {
  test('compares expiries with one clock, and records what the wall clock says', async () => {
    const { store } = current();
    await add(store, aStamp({ ttlHours: 13 }));
    const moment = { ...PROMISE, wallClock: hours(-700) };
    expect(await acquireAll(store, [aRequest()], moment)).toMatchObject([
      { is: 'acquired', acquisition: { acquiredAt: hours(-700), ttlSeconds: 13 * 3600 } },
    ]);
    expect(await store.demandSince(hours(-700))).toMatchObject([{ hour: hours(-700), outcome: 'met' }]);
  });

  test('counts the demand by hour, depth asked for and outcome, refused demand too', async () => {
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

  test('tells the demand of the hour that a moment falls in, and of those after it', async () => {
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
