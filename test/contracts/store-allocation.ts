import { expect, test } from 'vitest';
import { IllegalTransitionError } from '../../src/domain/apply-change.ts';
import { depth, nodeName } from '../../src/domain/units.ts';
import { AllocationChangedError } from '../../src/store/allocation-store.ts';
import { anOrder, aStamp, aTopUp, hours, momentAt, NODE, OTHER_ADDRESS, orderId, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { add, NOW, plan } from './store-steps.ts';

const OTHER = nodeName('other');

export function allocating(current: () => StoreUnderTest): void {
  test('lets one of two nodes that plan for the same need at once write its order, and the other read the pool again', async () => {
    const { store } = current();
    const read = await Promise.all([NODE, OTHER].map(() => store.allocations.poolStock(NOW)));
    const written = await Promise.allSettled(
      [NODE, OTHER].map((node, index) => {
        const order = anOrder({ n: index + 1, node });
        return store.write([{ change: 'orderPlanned', order }], T0, {
          allocation: read[index]?.allocation ?? -1,
        });
      }),
    );
    const [first, second] = written[0]?.status === 'fulfilled' ? ([0, 1] as const) : ([1, 0] as const);
    expect(written[first]).toMatchObject({ status: 'fulfilled' });
    expect(written[second]).toMatchObject({ reason: expect.any(AllocationChangedError) });
    const names = [NODE, OTHER] as const;
    const { nodes, openOrders, allocation } = await store.allocations.poolStock(NOW);
    expect(openOrders.map(({ id }) => id)).toEqual([orderId(first + 1)]);
    expect(nodes).toMatchObject([{ node: names[first], depths: [{ depth: 17, onOrder: 1 }] }]);
    const order = anOrder({ n: second + 1, node: names[second] });
    await store.write([{ change: 'orderPlanned', order }], T0, { allocation });
    expect(await store.openOrders()).toHaveLength(2);
  });

  test.for([
    { what: 'a purchase', write: [{ change: 'orderPlanned', order: anOrder({ n: 9 }) }], counts: true },
    { what: 'a top-up', write: [{ change: 'orderPlanned', order: aTopUp({ n: 9 }) }], counts: true },
    { what: 'an adopted batch', write: [{ change: 'stampAdded', stamp: aStamp({ n: 9 }) }], counts: true },
    {
      what: 'a bought stamp',
      write: [{ change: 'stampAdded', stamp: aStamp({ n: 9, orderId: orderId(1) }) }],
      counts: false,
    },
    { what: 'an order that is sent', write: [{ change: 'orderSent', id: orderId(1) }], counts: false },
  ] as const)('counts $what: $counts', async ({ write, counts }) => {
    const { store } = current();
    await plan(store, anOrder({ n: 1 }));
    const { allocation } = await store.allocations.poolStock(NOW);
    await store.write(write, T0, { allocation });
    const again = store.write([{ change: 'orderPlanned', order: anOrder({ n: 2 }) }], T0, { allocation });
    const [{ status, ...outcome }] = await Promise.allSettled([again]);
    expect(status).toBe(counts ? 'rejected' : 'fulfilled');
    expect('reason' in outcome && outcome.reason instanceof AllocationChangedError).toBe(counts);
  });

  test('refuses a write that changes nothing of it, but was decided on an earlier one', async () => {
    const { store } = current();
    const { allocation } = await store.allocations.poolStock(NOW);
    await plan(store, anOrder({ n: 1 }));
    const write = store.write([{ change: 'orderSent', id: orderId(1) }], T0, { allocation });
    await expect(write).rejects.toThrow(AllocationChangedError);
    expect(await store.openOrders()).toMatchObject([{ state: 'planned' }]);
  });

  test('writes after a write that was refused', async () => {
    const { store } = current();
    const { allocation } = await store.allocations.poolStock(NOW);
    const illegal = [
      { change: 'orderPlanned', order: anOrder() },
      { change: 'orderSent', id: orderId(7) },
    ] as const;
    await expect(store.write(illegal, T0, { allocation })).rejects.toThrow(IllegalTransitionError);
    const read = await store.allocations.poolStock(NOW);
    await store.write([{ change: 'orderPlanned', order: anOrder() }], T0, { allocation: read.allocation });
    expect(await store.openOrders()).toHaveLength(1);
  });

  test('shows of each node what it holds, and whether all of it is withheld', async () => {
    const { store } = current();
    await store.write([{ change: 'nodeChanged', node: NODE, other: OTHER_ADDRESS, otherChainId: null }], T0);
    await add(store, aStamp({ n: 1 }), aStamp({ n: 2, node: OTHER, depth: 20 }));
    await plan(store, anOrder({ n: 1, node: OTHER }));
    const { nodes } = await store.allocations.poolStock(momentAt(T0));
    expect(nodes).toMatchObject([
      { node: NODE, withheld: 'node_changed', depths: [{ depth: 17, available: 0, onOrder: 1 }] },
      {
        node: OTHER,
        withheld: null,
        depths: [
          { depth: 17, onOrder: 1 },
          { depth: depth(20), available: 1 },
        ],
      },
    ]);
  });

  test('adds up what all nodes have ordered', async () => {
    const { store } = current();
    await plan(
      store,
      anOrder({ n: 1 }),
      anOrder({ n: 2, node: OTHER, plannedAt: hours(1) }),
      anOrder({ n: 3, node: nodeName('z') }),
    );
    await store.write(
      [
        { change: 'orderSent', id: orderId(3) },
        { change: 'orderRejected', id: orderId(3), cause: 'no', refusal: 'BAD_REQUEST' },
      ],
      T0,
    );
    const [one, two] = [anOrder({ n: 1 }).cost, anOrder({ n: 2 }).cost];
    expect(await store.allocations.spentByPoolSince(T0)).toBe(one + two);
    expect(await store.allocations.spentByPoolSince(hours(1))).toBe(two);
  });
}
