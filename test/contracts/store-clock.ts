import { expect, test } from 'vitest';
import { nodeName } from '../../src/domain/units.ts';
import type { Store } from '../../src/store/store.ts';
import {
  ADDRESS,
  aPropagatingStamp,
  aRequest,
  aStamp,
  batchId,
  hours,
  NODE,
  seconds,
  T0,
} from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { acquireAll, add, NOW } from './store-steps.ts';

const OTHER = nodeName('other');

/** Of a database with one process: its expiries follow the wall clock of the machine. */
export function followingTheWallClock(current: () => StoreUnderTest): void {
  test('moves the expiries of live stamps, and of acquired ones while they are not over', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 30 }),
      aStamp({ n: 2, ttlHours: 20 }),
      aStamp({ n: 3, ttlHours: 10 }),
    );
    await add(store, aPropagatingStamp({ n: 4 }), aStamp({ n: 5, ttlHours: 5, depth: 20 }));
    await add(store, aStamp({ n: 6, ttlHours: 30, node: OTHER }));
    await store.write([{ change: 'nodeRetired', node: OTHER }], T0);
    const acquire = (ofDepth: number) => acquireAll(store, [aRequest({ depth: ofDepth })], NOW);
    await acquire(20); // 5, which is over at the moment of the change
    await acquire(17); // 3
    await store.write([{ change: 'stampExpired', batchId: batchId(2) }], T0);
    const forthHours = 100;
    await store.write([{ change: 'clockSet', byMs: forthHours * 3_600_000 }], hours(forthHours + 5));
    const expiries = await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => await store.stamp(batchId(n))));
    expect(expiries.map((stamp) => (stamp && 'expiresAt' in stamp ? stamp.expiresAt : null))).toEqual([
      hours(130),
      hours(20),
      hours(110),
      null,
      hours(5),
      hours(30),
    ]);
  });

  test('moves when a node was observed', async () => {
    const { store } = current();
    await store.write([{ change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null }], T0);
    await store.write([{ change: 'nodeObserved', node: NODE, observedAt: seconds(5) }], T0);
    await store.write([{ change: 'clockSet', byMs: 60_000 }], T0);
    expect(await store.node(NODE)).toMatchObject({ observedAt: seconds(65) });
  });

  test('leaves no webhook claimed for longer than its claim lasts', async () => {
    const { outbox } = current().store;
    const { id } = await outbox.add({ type: 'webhook.test', data: {} }, hours(1));
    const claim = (at: Date) => outbox.claim(id, { at, ttlMs: 60_000 });
    expect([await claim(hours(1)), await claim(hours(1))]).toEqual([true, false]);
    expect([(await outbox.waiting(9, T0)).length, await claim(T0), await claim(seconds(59))]).toEqual([
      1,
      true,
      false,
    ]);
    expect(await claim(seconds(60))).toBe(true);
  });

  test('ends no lease, and lets none last longer', async () => {
    const { store } = current();
    const request = { node: NODE, holder: 'a', ttlMs: 15_000 };
    await store.leases.hold({ ...request, at: T0 });
    await store.write([{ change: 'clockSet', byMs: 3600_000 }], seconds(3600));
    expect(await store.leases.hold({ ...request, holder: 'b', at: seconds(3614) })).toBe(null);
    expect(await store.leases.hold({ ...request, holder: 'b', at: seconds(3615) })).toMatchObject({
      token: 2,
    });
  });
}

/** Of a database server: its processes compare with the time of the server, whatever the clock of one machine shows. */
export function notFollowingTheWallClock(current: () => { readonly store: Pick<Store, 'write'> }): void {
  test('is refused', async () => {
    await expect(current().store.write([{ change: 'clockSet', byMs: 60_000 }], T0)).rejects.toThrow(
      TypeError,
    );
  });
}
