import { expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { anOrder, aRequest, aStamp, orderId, T0 } from '../builders.ts';
import { depthsOf, stockOf } from '../stock-of.ts';
import type { StoreUnderTest } from './store.ts';
import { add, NOW, plan } from './store-steps.ts';

const ILLEGAL: Change = { change: 'orderSent', id: orderId(9) };

export function numberingCommits(current: () => StoreUnderTest): void {
  test('numbers every acquisition and every write, upwards', async () => {
    const { store } = current();
    const before = await store.snapshot(NOW);
    const added = await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    const acquired = await store.acquire([aRequest()], NOW);
    const exhausted = await store.acquire([aRequest({ depth: 20 })], NOW);
    const planned = await plan(store, anOrder());
    const revisions = [before, added, acquired, exhausted, planned].map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
  });

  test('a write is counted in the next snapshot, all of it', async () => {
    const { store } = current();
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2 }));
    await store.acquire([aRequest()], NOW);
    const planned = await plan(store, anOrder());
    const stock = await stockOf(store);
    expect(stock).toEqual({ stamps: [aStamp({ n: 2 })], openOrders: [anOrder()] });
    expect(await store.snapshot(NOW)).toEqual({
      revision: planned.revision,
      depths: depthsOf(stock, NOW.promisedTtlSeconds, T0),
    });
  });

  test('has no older stock at a newer revision, also when calls cross', async () => {
    const { store } = current();
    await add(store, ...Array.from({ length: 9 }, (_, n) => aStamp({ n })));
    const counts: { readonly revision: number; readonly count: number }[] = [];
    const reading = async (): Promise<void> => {
      const { revision, depths } = await store.snapshot(NOW);
      counts.push({ revision, count: depths[0]?.available ?? 0 });
    };
    const acquiring = async (): Promise<unknown> => await store.acquire([aRequest()], NOW);
    await Promise.all([reading(), acquiring(), reading(), acquiring(), acquiring(), reading(), reading()]);
    const countsAt = Map.groupBy(counts, ({ revision }) => revision);
    const inOrder = [...countsAt]
      .toSorted(([a], [b]) => a - b)
      .map(([, all]) => all.map(({ count }) => count));
    const oneEach = inOrder.map((all) => [...new Set(all)]);
    expect(oneEach.flat()).toEqual([...new Set(counts.map(({ count }) => count))].toSorted((a, b) => b - a));
  });

  test('keeps on numbering after a write that is refused', async () => {
    const { store } = current();
    const before = await store.snapshot(NOW);
    await expect(store.write([ILLEGAL], T0)).rejects.toThrow('not on record');
    const added = await add(store, aStamp());
    expect(added.revision).toBeGreaterThan(before.revision);
    expect((await store.snapshot(NOW)).revision).toBe(added.revision);
  });

  test('numbers no read, and no probe', async () => {
    const { store } = current();
    const before = await store.snapshot(NOW);
    await store.probe(T0);
    await store.levels(NOW);
    expect((await store.snapshot(NOW)).revision).toBe(before.revision);
  });
}
