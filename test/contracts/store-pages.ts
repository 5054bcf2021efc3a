import { expect, test } from 'vitest';
import { depth, type NodeName, nodeName } from '../../src/domain/units.ts';
import { type Page, type PageRequest } from '../../src/store/page.ts';
import { BadCursorError } from '../../src/store/store.ts';
import {
  anOrder,
  aPropagatingStamp,
  aRequest,
  aStamp,
  batchId,
  hours,
  momentAt,
  NODE,
  orderId,
  T0,
} from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { acquireAll, add, allAcquisitions, NOW, plan } from './store-steps.ts';

/** Page by page to the end; `between` runs after each page. */
async function walk<Item>(
  fetch: (page: PageRequest) => Promise<Page<Item>>,
  { first, between }: { readonly first: number; readonly between?: (page: number) => Promise<unknown> },
): Promise<readonly Item[][]> {
  const pages: Item[][] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<Item> = await fetch({ first, after });
    pages.push(page.items.map(({ item }) => item));
    if (!page.hasNextPage) return pages;
    after = page.items.at(-1)?.cursor ?? null;
    await between?.(pages.length);
  }
}

export function paging(current: () => StoreUnderTest): void {
  test('orders come newest first, page by page, in the requested states', async () => {
    const { store } = current();
    await plan(store, ...[3, 1, 5, 2, 4].map((n) => anOrder({ n })));
    await store.write([{ change: 'orderSent', id: orderId(4) }], T0);
    const fetch = (page: PageRequest) => store.orders({ ...page, states: null });
    expect((await walk(fetch, { first: 2 })).map((page) => page.map(({ id }) => id))).toEqual([
      [orderId(5), orderId(4)],
      [orderId(3), orderId(2)],
      [orderId(1)],
    ]);
    const sent = await store.orders({ first: 9, after: null, states: ['sent', 'rejected'] });
    expect(sent.items.map(({ item }) => item.id)).toEqual([orderId(4)]);
    expect((await store.orders({ first: 9, after: null, states: [] })).items).toEqual([]);
  });

  test('acquisitions of one caller come newest first, and each stamp has one owner', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 4].map((n) => aStamp({ n, ttlHours: 100 + n })));
    const callers = ['web', 'app', 'web'];
    await store.acquire(
      callers.map((caller) => aRequest({ caller })),
      NOW,
    );
    const pages = await walk((page) => store.acquisitions({ ...page, caller: 'web' }), { first: 1 });
    expect(pages.map((page) => page.map((acquisition) => acquisition.batchId))).toEqual([
      [batchId(3)],
      [batchId(1)],
    ]);
    const owners = await Promise.all([1, 2, 3, 4].map((n) => store.ownerOf(batchId(n))));
    expect(owners).toEqual([...callers, null]);
  });

  test('acquisitions come newest first, those of one transaction too', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 4, 5].map((n) => aStamp({ n, ttlHours: 100 + n })));
    await acquireAll(store, [aRequest(), aRequest(), aRequest()], NOW);
    await acquireAll(store, [aRequest(), aRequest()], NOW);
    const pages = await walk((page) => store.acquisitions(page), { first: 2 });
    expect(pages.map((page) => page.map((acquisition) => acquisition.batchId))).toEqual([
      [batchId(5), batchId(4)],
      [batchId(3), batchId(2)],
      [batchId(1)],
    ]);
  });

  test('acquisitions come newest first, also after a restart in the same millisecond, and when the clock was set back', async () => {
    const opened = current();
    await add(opened.store, ...[1, 2, 3, 4].map((n) => aStamp({ n, ttlHours: 100 + n })));
    await acquireAll(opened.store, [aRequest(), aRequest()], NOW);
    const again = await opened.reopen();
    await acquireAll(again, [aRequest()], NOW);
    await acquireAll(again, [aRequest()], { ...NOW, at: hours(-1) });
    expect((await allAcquisitions(again)).map((acquisition) => acquisition.batchId)).toEqual(
      [4, 3, 2, 1].map(batchId),
    );
  });

  test('a full last page has no next one', async () => {
    const { store } = current();
    await plan(store, anOrder({ n: 1 }), anOrder({ n: 2 }));
    expect((await store.orders({ first: 2, after: null, states: null })).hasNextPage).toBe(false);
    expect((await store.orders({ first: 1, after: null, states: null })).hasNextPage).toBe(true);
  });

  test('available stamps come in the order of expiry, of one depth or of all, and only those that can be acquired', async () => {
    const { store } = current();
    await add(
      store,
      aStamp({ n: 1, ttlHours: 40 }),
      aStamp({ n: 2, ttlHours: 20, depth: 20 }),
      aStamp({ n: 3, ttlHours: 30 }),
    );
    await add(
      store,
      aStamp({ n: 4, ttlHours: 30, depth: 20 }),
      aStamp({ n: 5, ttlHours: 11 }),
      aPropagatingStamp({ n: 6 }),
    );
    await add(store, aStamp({ n: 7, withheld: 'lost' }));
    const moment = momentAt(T0, 12 * 3600);
    const batches = async (of: number | null, first: number) =>
      (
        await walk(
          (page) => store.availableStamps({ ...page, depth: of === null ? null : depth(of) }, moment),
          { first },
        )
      ).map((page) => page.map((stamp) => stamp.batchId));
    expect(await batches(null, 3)).toEqual([[2, 3, 4].map(batchId), [batchId(1)]]);
    expect(await batches(null, 1)).toEqual([2, 3, 4, 1].map((n) => [batchId(n)]));
    expect(await batches(17, 1)).toEqual([[batchId(3)], [batchId(1)]]);
    expect(await batches(18, 1)).toEqual([[]]);
    const [stamp] = (await store.availableStamps({ first: 1, after: null, depth: depth(20) }, moment)).items;
    expect(stamp?.item).toEqual(aStamp({ n: 2, ttlHours: 20, depth: 20 }));
  });

  test('has the stamps of one node only, if it is asked for them', async () => {
    const { store } = current();
    const other = nodeName('other');
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, node: other }), aStamp({ n: 3, depth: 20 }));
    const batches = async (of: number | null, node: NodeName | null) => {
      const page = { first: 9, after: null, depth: of === null ? null : depth(of), node };
      const { items } = await store.availableStamps(page, NOW);
      return items.map(({ item }) => item.batchId);
    };
    expect(await batches(17, NODE)).toEqual([batchId(1)]);
    expect(await batches(null, other)).toEqual([batchId(2)]);
    expect(await batches(20, other)).toEqual([]);
    expect(await batches(null, null)).toHaveLength(3);
  });

  test('repeats and skips nothing if a stamp is added between two pages', async () => {
    const { store } = current();
    await add(store, ...Array.from({ length: 20 }, (_, n) => aStamp({ n: n + 1 })));
    await acquireAll(
      store,
      Array.from({ length: 9 }, () => aRequest()),
      NOW,
    );
    const before = await allAcquisitions(store);
    const between = () => acquireAll(store, [aRequest()], momentAt(hours(1)));
    expect((await walk((page) => store.acquisitions(page), { first: 2, between })).flat()).toEqual(before);
  });

  test('repeats and skips nothing if a stamp of a page is given out before the next page', async () => {
    const { store } = current();
    await add(store, ...Array.from({ length: 9 }, (_, n) => aStamp({ n: n + 1, ttlHours: 50 })));
    const between = () => acquireAll(store, [aRequest()], NOW);
    const pages = await walk((page) => store.availableStamps({ ...page, depth: null }, NOW), {
      first: 2,
      between,
    });
    expect(pages.flat().map((stamp) => stamp.batchId)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(batchId));
  });

  test('a page continues among the stamps that expire at the promised time itself', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3].map((n) => aStamp({ n, ttlHours: 12 })), aStamp({ n: 4, ttlHours: 11 }));
    const moment = momentAt(T0, 12 * 3600);
    const pages = await walk((page) => store.availableStamps({ ...page, depth: null }, moment), { first: 1 });
    expect(pages.flat().map((stamp) => stamp.batchId)).toEqual([1, 2, 3].map(batchId));
  });

  test('a page continues where the one before ended, also if a stamp can no longer be acquired', async () => {
    const { store } = current();
    await add(store, ...[1, 2, 3, 4].map((n) => aStamp({ n, ttlHours: n })));
    const [first] = (await store.availableStamps({ first: 1, after: null, depth: null }, NOW)).items;
    const later = momentAt(hours(3));
    const rest = await store.availableStamps({ first: 9, after: first?.cursor ?? null, depth: null }, later);
    expect(rest.items.map(({ item }) => item.batchId)).toEqual([3, 4].map(batchId));
  });

  test.for(['', 'x', '%%%', 'bnVsbA', 'W10', 'WyJvcmRlcnMiXQ', 'WyJvcmRlcnMiLDFd', '\u0000', '0'])(
    'rejects the cursor %j, which is not from a page',
    async (after) => {
      const { store } = current();
      await expect(store.orders({ first: 1, after, states: null })).rejects.toThrow(BadCursorError);
      await expect(store.acquisitions({ first: 1, after })).rejects.toThrow(BadCursorError);
      await expect(store.availableStamps({ first: 1, after, depth: null }, NOW)).rejects.toThrow(
        BadCursorError,
      );
    },
  );

  test('rejects the cursor of another list, and one with text appended', async () => {
    const { store } = current();
    await plan(store, anOrder());
    const cursor = (await store.orders({ first: 1, after: null, states: null })).items[0]?.cursor ?? '';
    await expect(store.acquisitions({ first: 1, after: cursor })).rejects.toThrow(BadCursorError);
    await expect(store.orders({ first: 1, after: `${cursor}=`, states: null })).rejects.toThrow(
      BadCursorError,
    );
    expect((await store.orders({ first: 1, after: cursor, states: null })).items).toEqual([]);
  });
}
