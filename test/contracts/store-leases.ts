import { expect, test } from 'vitest';
import { nodeName } from '../../src/domain/units.ts';
import { type Lease, LeaseLostError } from '../../src/store/lease-store.ts';
import type { Store } from '../../src/store/store.ts';
import { anOrder, NODE, orderId, seconds, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { NOW } from './store-steps.ts';

const TTL_MS = 15_000;
const OTHER = nodeName('other');

/** Asks for the lease of a node. */
const hold = async (
  store: Store,
  holder: string,
  { at = T0, node = NODE }: { readonly at?: Date; readonly node?: typeof NODE } = {},
): Promise<Lease | null> => await store.leases.hold({ node, holder, ttlMs: TTL_MS, at });

/** Takes a lease that is free. */
async function taken(store: Store, holder: string, at = T0): Promise<Lease> {
  const lease = await hold(store, holder, { at });
  if (lease === null) throw new Error('another holder has the lease');
  return lease;
}

const planned = { change: 'orderPlanned', order: anOrder() } as const;
const ordersOf = async (store: Store): Promise<readonly string[]> =>
  (await store.openOrders()).map(({ id, state }) => `${id} ${state}`);

export function leasing(current: () => StoreUnderTest): void {
  test('has the time of the server, if processes share it', async () => {
    const { leases } = current().store;
    const before = Date.now();
    const time = await leases.serverTime();
    expect(time !== null).toBe(leases.shared);
    const isNow = time === null || Math.abs(time.getTime() - before) < 60_000;
    expect(isNow, 'the server of the tests has the clock of this machine').toBe(true);
  });

  test('is taken by one of two that ask at the same instant', async () => {
    const { store } = current();
    const held = await Promise.all(['a', 'b', 'c'].map(async (holder) => await hold(store, holder)));
    expect(held.filter((lease) => lease !== null)).toHaveLength(1);
  });

  test('is free at once when it is released; a lease that was lost releases nothing', async () => {
    const { store } = current();
    const first = await taken(store, 'a');
    await store.leases.release(first);
    expect(await store.leases.holders(T0)).toEqual([]);
    const second = await taken(store, 'b');
    expect(second.token).toBe(2);
    await store.leases.release(first);
    await store.leases.release({ ...second, token: 1 });
    expect(await hold(store, 'c')).toBe(null);
  });

  test('has a higher token after a restart', async () => {
    await current().store.leases.release(await taken(current().store, 'a'));
    expect(await hold(await current().reopen(), 'a')).toEqual({ node: NODE, holder: 'a', token: 2 });
  });

  test('is not needed by a write that carries none', async () => {
    const { store } = current();
    await taken(store, 'a');
    await store.write([planned], T0);
    expect(await ordersOf(store)).toEqual([`${orderId(1)} planned`]);
  });

  test('is kept from another holder, and is renewed with the same token', async () => {
    const { store } = current();
    const mine = await taken(store, 'a');
    expect(await hold(store, 'b')).toBe(null);
    expect(await hold(store, 'b', { node: OTHER })).toEqual({ node: OTHER, holder: 'b', token: 1 });
    expect(await hold(store, 'a')).toEqual(mine);
    expect(await store.leases.holders(T0)).toMatchObject([mine, { node: OTHER, holder: 'b', token: 1 }]);
  });

  test('that has expired is taken with a higher token, and a write that carries it writes nothing', async () => {
    const { store } = current();
    const lost = await store.leases.hold({ node: NODE, holder: 'a', ttlMs: 0, at: T0 });
    if (lost === null) throw new Error('a free lease was refused');
    expect(await store.leases.holders(T0)).toEqual([]);
    await expect(store.write([planned], T0, { lease: lost })).rejects.toThrow(LeaseLostError);
    const lease = await taken(store, 'b');
    expect(lease.token).toBe(2);
    await expect(store.write([planned], T0, { lease: { ...lease, token: 1 } })).rejects.toThrow(
      LeaseLostError,
    );
    await expect(store.write([planned], T0, { lease: { ...lease, holder: 'a' } })).rejects.toThrow(
      LeaseLostError,
    );
    expect(await ordersOf(store)).toEqual([]);
    await store.write([planned], T0, { lease });
    expect(await ordersOf(store)).toEqual([`${orderId(1)} planned`]);
  });
}

/** Where leases end by the times that are passed in. */
export function endingByGivenTimes(current: () => StoreUnderTest): void {
  test('has one holder, who renews it; other nodes have their own', async () => {
    const { store } = current();
    expect(await store.leases.holders(T0)).toEqual([]);
    const mine = { node: NODE, holder: 'a', token: 1 };
    expect(await hold(store, 'a')).toEqual(mine);
    expect(await hold(store, 'b')).toBe(null);
    expect(await hold(store, 'b', { node: OTHER })).toEqual({ node: OTHER, holder: 'b', token: 1 });
    expect(await hold(store, 'a', { at: seconds(14) })).toEqual(mine);
    expect(await hold(store, 'b', { at: seconds(28) })).toBe(null);
    expect(await store.leases.holders(seconds(14))).toEqual([
      { ...mine, expiresAt: seconds(29) },
      { node: OTHER, holder: 'b', token: 1, expiresAt: seconds(15) },
    ]);
  });

  test('expires, and is taken with a higher token, also by the holder that let it expire', async () => {
    const { store } = current();
    await hold(store, 'a');
    expect(await store.leases.holders(seconds(15))).toEqual([]);
    expect(await hold(store, 'b', { at: seconds(15) })).toEqual({ node: NODE, holder: 'b', token: 2 });
    expect(await hold(store, 'a', { at: seconds(29) })).toBe(null);
    expect(await hold(store, 'b', { at: seconds(30) })).toEqual({ node: NODE, holder: 'b', token: 3 });
  });

  test('that a write carries must be held: a holder that has lost it writes nothing', async () => {
    const { store } = current();
    const lost = await taken(store, 'a');
    await store.write([planned], T0, { lease: lost });
    const { revision } = await store.snapshot(NOW);
    const sent = { change: 'orderSent', id: orderId(1) } as const;
    await expect(store.write([sent], seconds(15), { lease: lost })).rejects.toThrow(LeaseLostError); // it has expired
    const lease = await taken(store, 'b', seconds(15));
    for (const condition of [
      { lease: lost },
      { lease: { ...lease, token: 1 } },
      { lease: { ...lease, holder: 'a' } },
    ])
      await expect(store.write([sent], seconds(16), condition)).rejects.toThrow(LeaseLostError);
    expect(await ordersOf(store)).toEqual([`${orderId(1)} planned`]);
    expect((await store.write([sent], seconds(16), { lease })).revision).toBeGreaterThan(revision);
    expect(await ordersOf(store)).toEqual([`${orderId(1)} sent`]);
  });
}
