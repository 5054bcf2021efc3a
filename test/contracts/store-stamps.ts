import { expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { depth, plur } from '../../src/domain/units.ts';
import {
  anOrder,
  aPropagatingStamp,
  aRequest,
  aStamp,
  batchId,
  hours,
  orderId,
  seconds,
  T0,
} from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import type { StoreUnderTest } from './store.ts';
import { acquireAll, add, NOW, plan } from './store-steps.ts';

const id = batchId(1);
const SEEN = {
  change: 'stampSeen',
  batchId: id,
  depth: depth(18),
  amount: plur(9n),
  immutable: false,
  expiresAt: hours(77),
  withheld: null,
} as const;

/** Every change of stamp 1 that is there. */
const ALL: readonly Change[] = [
  { change: 'stampAdded', stamp: aStamp({ ttlHours: 999 }) },
  SEEN,
  { change: 'stampAvailable', batchId: id, expiresAt: hours(88), ttlAtCreationSeconds: 5 },
  { change: 'stampMissing', batchId: id, sinceBlock: 9, withheld: 'missing', lastLostAtBlock: null },
  { change: 'stampPaidFor', batchId: id, cost: plur(1n) },
  { change: 'stampExpired', batchId: id },
];

export function changingStamps(current: () => StoreUnderTest): void {
  test('stores an added stamp unchanged', async () => {
    const opened = current();
    const { store } = opened;
    await plan(store, anOrder());
    const bought = aPropagatingStamp({
      n: 2,
      orderId: orderId(1),
      withheld: 'missing',
      missingSinceBlock: 7,
    });
    await add(store, aStamp(), bought);
    const again = await opened.reopen();
    expect(await again.stamp(id)).toEqual(aStamp());
    expect(await again.stamp(batchId(2))).toEqual(bought);
  });

  test('changes nothing if the batch is on record', async () => {
    const { store } = current();
    await add(store, aStamp({ ttlHours: 30 }));
    await add(store, aStamp({ ttlHours: 99, depth: 20 }));
    expect(await store.stamp(id)).toEqual(aStamp({ ttlHours: 30 }));
  });

  test('a propagating stamp becomes available when the node shows it as usable', async () => {
    const { store } = current();
    await add(store, aPropagatingStamp());
    await store.write(
      [{ change: 'stampAvailable', batchId: id, expiresAt: hours(20), ttlAtCreationSeconds: 71_999 }],
      seconds(9),
    );
    expect(await store.stamp(id)).toEqual({
      ...aStamp(),
      availableAt: seconds(9),
      expiresAt: hours(20),
      ttlAtCreationSeconds: 71_999,
    });
    expect(await store.levels(NOW)).toEqual(new Map([[17, 1]]));
  });

  test('a stamp that is available keeps the time at which it became so', async () => {
    const { store } = current();
    await add(store, aStamp());
    await store.write(
      [{ change: 'stampAvailable', batchId: id, expiresAt: hours(1), ttlAtCreationSeconds: 1 }],
      hours(1),
    );
    expect(await store.stamp(id)).toEqual(aStamp());
  });

  test('depth, amount and time to live follow the observation', async () => {
    const { store } = current();
    await add(store, aStamp());
    await store.write([SEEN], T0);
    expect(await store.stamp(id)).toEqual({
      ...aStamp(),
      depth: 18,
      amount: 9n,
      immutable: false,
      expiresAt: hours(77),
    });
    expect(await store.levels(NOW)).toEqual(new Map([[18, 1]]));
  });

  test('keeps the expiry if the node shows no time to live', async () => {
    const { store } = current();
    await add(store, aStamp({ ttlHours: 30 }));
    await store.write([{ ...SEEN, expiresAt: null }], T0);
    expect(await store.stamp(id)).toMatchObject({ depth: 18, expiresAt: hours(30) });
  });

  test('is missing since the first block that did not show it, until the node shows it again', async () => {
    const { store } = current();
    await add(store, aStamp());
    await store.write(
      [{ change: 'stampMissing', batchId: id, sinceBlock: 100, withheld: 'missing', lastLostAtBlock: null }],
      T0,
    );
    await store.write(
      [{ change: 'stampMissing', batchId: id, sinceBlock: 220, withheld: 'lost', lastLostAtBlock: 220 }],
      T0,
    );
    const lost = aStamp({ missingSinceBlock: 100, withheld: 'lost', lastLostAtBlock: 220 });
    expect(await store.stamp(id)).toEqual(lost);
    await store.write([SEEN], T0);
    expect(await store.stamp(id)).toMatchObject({
      missingSinceBlock: null,
      withheld: null,
      lastLostAtBlock: 220,
    });
    await store.write(
      [{ change: 'stampMissing', batchId: id, sinceBlock: 300, withheld: 'missing', lastLostAtBlock: null }],
      T0,
    );
    expect(await store.stamp(id)).toMatchObject({
      missingSinceBlock: 300,
      withheld: 'missing',
      lastLostAtBlock: 220,
    });
  });

  test('a stamp in use is seen and withheld', async () => {
    const { store } = current();
    await add(store, aStamp({ missingSinceBlock: 3, withheld: 'missing' }));
    await store.write([{ ...SEEN, withheld: 'in_use' }], T0);
    expect(await store.stamp(id)).toMatchObject({ missingSinceBlock: null, withheld: 'in_use' });
    expect(await store.levels(NOW)).toEqual(new Map());
  });

  test('a top-up adds to the cost', async () => {
    const { store } = current();
    await add(store, aStamp({ cost: 2n ** 70n }));
    await store.write([{ change: 'stampPaidFor', batchId: id, cost: plur(2n ** 71n + 1n) }], T0);
    expect(await store.stamp(id)).toMatchObject({ cost: 2n ** 70n + 2n ** 71n + 1n });
  });

  test('expires permanently', async () => {
    const { store } = current();
    await add(store, aStamp({ ttlHours: 30 }), aPropagatingStamp({ n: 2 }));
    await store.write(
      [
        { change: 'stampExpired', batchId: id },
        { change: 'stampExpired', batchId: batchId(2) },
      ],
      T0,
    );
    const {
      availableAt: _,
      missingSinceBlock: __,
      withheld: ___,
      lastLostAtBlock: ____,
      ...facts
    } = aStamp({ ttlHours: 30 });
    expect(await store.stamp(id)).toEqual({ ...facts, state: 'expired' });
    expect(await store.stamp(batchId(2))).toMatchObject({
      state: 'expired',
      expiresAt: null,
      ttlAtCreationSeconds: null,
    });
    await store.write(ALL, T0);
    expect(await store.stamp(id)).toEqual({ ...facts, state: 'expired' });
    expect(await acquireAll(store, [aRequest()], NOW)).toEqual([{ is: 'exhausted' }]);
  });

  test.for(ALL)('$change does nothing to a stamp that was acquired in the meantime', async (change) => {
    const { store } = current();
    await add(store, aStamp());
    await acquireAll(store, [aRequest()], NOW);
    const before = await store.stamp(id);
    await store.write([change], hours(1));
    expect(await store.stamp(id)).toEqual(before);
    expect(before?.state).toBe('acquired');
  });

  test.for(ALL.slice(1))('$change does nothing to a batch that it does not know', async (change) => {
    const { store } = current();
    await store.write([change], T0);
    expect(await store.stamp(id)).toBeUndefined();
  });

  test('rejects a stamp of an unknown order, and writes nothing of the list', async () => {
    const { store } = current();
    await expect(add(store, aStamp({ n: 1 }), aStamp({ n: 2, orderId: orderId(1) }))).rejects.toThrow(
      /foreign key/i,
    );
    expect(await stockOf(store)).toEqual({ stamps: [], openOrders: [] });
  });
}
