import { expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { nodeName } from '../../src/domain/units.ts';
import { anOrder, batchId, momentAt, NODE, orderId, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';

/** Purchase n, planned at block 1000 + n, which has bought batch n. */
const bought = (n: number, wishes: Parameters<typeof anOrder>[0] = {}): readonly Change[] => [
  { change: 'orderPlanned', order: anOrder({ n, plannedAtBlock: 1_000 + n, ...wishes }) },
  { change: 'orderSent', id: orderId(n) },
  { change: 'orderConfirmed', id: orderId(n), batchId: batchId(n), txHash: null, atBlock: 2_000 },
];

export function keepingCanaries(current: () => StoreUnderTest): void {
  const canary = { purpose: 'canary' } as const;

  test('is the batch of a confirmed purchase of its node, the newest first, also over a restart', async () => {
    const changes = [
      ...bought(1, canary),
      ...bought(2),
      ...bought(3, { ...canary, node: nodeName('other') }),
      ...bought(4, canary),
      ...bought(5, canary).slice(0, 2),
    ];
    await current().store.write(changes, T0);
    const { canaries } = await current().reopen();
    expect(await canaries.ofNode(NODE)).toEqual([
      { orderId: orderId(4), batchId: batchId(4), plannedAtBlock: 1_004 },
      { orderId: orderId(1), batchId: batchId(1), plannedAtBlock: 1_001 },
    ]);
    expect(await canaries.filterCanaries([1, 2, 3, 4, 5, 6].map(batchId))).toEqual(
      new Set([1, 3, 4].map(batchId)),
    );
  });

  test('is no stamp: it is in no level, and was never in the pool', async () => {
    const { store } = current();
    await store.write(bought(1, canary), T0);
    expect(await store.levels(momentAt(T0))).toEqual(new Map());
    expect(await store.stamp(batchId(1))).toBe(undefined);
    expect(await store.filterPooled([batchId(1)])).toEqual(new Set());
  });

  test('keeps its purpose with its order', async () => {
    const { store } = current();
    await store.write(bought(1, canary).slice(0, 1), T0);
    const { items } = await store.orders({ first: 9, after: null, states: null });
    expect(items.map(({ item }) => item)).toEqual([anOrder({ n: 1, plannedAtBlock: 1_001, ...canary })]);
  });
}
