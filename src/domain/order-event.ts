import type { Change } from './change.ts';
import type { AbandonedOrder, OpenOrder } from './order.ts';
import type { Depth, Plur } from './units.ts';

/** What became of an order. */
export type OrderEvent =
  | {
      readonly is: 'confirmed' | 'rejected' | 'abandoned';
      readonly kind: 'purchase' | 'topUp';
      readonly depth: Depth;
      readonly cost: Plur;
    }
  /** The stamp of a purchase can be acquired. */
  | { readonly is: 'delivered'; readonly kind: 'purchase'; readonly leadTimeSeconds: number };

/** The orders that these changes end. `before`: the orders before the changes. Pure. */
export function endedOrders(
  changes: readonly Change[],
  before: readonly (OpenOrder | AbandonedOrder)[],
): readonly OrderEvent[] {
  return changes.flatMap((change) => {
    const is = ENDS[change.change];
    if (is === undefined || !('id' in change)) return [];
    const order = before.find(({ id }) => id === change.id);
    if (order === undefined || order.state === 'planned') return []; // it was never sent
    return { is, kind: order.kind, depth: order.depth, cost: order.cost };
  });
}

const ENDS: Partial<Record<Change['change'], 'confirmed' | 'rejected' | 'abandoned'>> = {
  orderConfirmed: 'confirmed',
  orderRejected: 'rejected',
  orderAbandoned: 'abandoned',
};
