import { expect, test } from 'vitest';
import type { AcquireRequest } from '../../src/domain/acquisition.ts';
import { depth } from '../../src/domain/units.ts';
import { aRequest, aStamp, batchId, hours, momentAt, NODE } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { acquire, acquireAll, add, allAcquisitions, batchOf, NOW, PROMISE } from './store-steps.ts';

export function replaying(current: () => StoreUnderTest): void {
  test('returns the first acquisition to a retry with the same key, also if the pool is empty and time has passed', async () => {
    const { store } = current();
    await add(store, aStamp());
    const first = await acquire(store, { idempotencyKey: 'k' });
    const retry = await acquire(store, { idempotencyKey: 'k' }, momentAt(hours(24 * 365), 12 * 3600));
    expect(retry).toEqual({ ...first, replayed: true });
    expect(await allAcquisitions(store)).toHaveLength(1);
  });

  test('recognizes a retry that arrives together with the request', async () => {
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
    ['the node', { node: NODE }],
  ])('refuses a used key when the request differs in %s', async ([, difference]) => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    await acquire(store, { idempotencyKey: 'k' });
    expect(await acquire(store, { idempotencyKey: 'k', ...difference })).toEqual({ is: 'conflict' });
    expect(await store.levels(NOW)).toEqual(new Map([[17, 1]]));
  });

  test('rejects a used key if the request differs in the depth', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 }));
    await acquire(store, { idempotencyKey: 'k' });
    expect(await acquire(store, { idempotencyKey: 'k', depth: 20 })).toEqual({ is: 'conflict' });
  });

  test('scopes keys to the caller, and does not connect requests without a key', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 4].map((n) => aStamp({ n, ttlHours: 100 + n })));
    const wishes = [{ idempotencyKey: 'k', caller: 'a' }, { idempotencyKey: 'k', caller: 'b' }, {}, {}];
    const outcomes = await acquireAll(store, wishes.map(aRequest), PROMISE);
    expect(outcomes.map(batchOf)).toEqual([1, 2, 3, 4].map(batchId));
  });

  test('finds the acquisition of a key under a former caller, and returns it to no other caller', async () => {
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

  test('gives out no depth that the caller may not acquire, not as a larger one either', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1, depth: 20 }), aStamp({ n: 2, depth: 22 }));
    const depths = (...all: number[]): Parameters<typeof aRequest>[0] => ({
      depths: new Set(all.map(depth)),
    });
    expect(await acquire(store, depths(17))).toEqual({ is: 'exhausted' });
    expect(batchOf(await acquire(store, depths(17, 22)))).toBe(batchId(2));
  });

  test('a key is free if nothing was given out for it', async () => {
    const { store } = current();
    expect(await acquire(store, { idempotencyKey: 'k' })).toEqual({ is: 'exhausted' });
    await add(store, aStamp());
    expect(await acquire(store, { idempotencyKey: 'k', clientRef: 'x' })).toMatchObject({
      is: 'acquired',
      replayed: false,
    });
  });
}
