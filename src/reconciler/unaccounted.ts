import type { SeenStamp } from '../domain/observation.ts';
import { isOpen, type Order } from '../domain/order.ts';
import type { OrderId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { isMinedSince } from './settle-order.ts';

/**
 * Reports batches that carry the label or the amount of one of our purchases, and that belong to no stamp of the pool: we
 * may have paid for them. `unpooled` are listed and were never in the pool; `purchases` have the label or the amount of one of
 * them. `settled`: the orders that runs settle. A retired order is open, but is none of these. Pure.
 */
export const unaccounted = (
  unpooled: readonly SeenStamp[],
  purchases: readonly Order[],
  settled: ReadonlySet<OrderId>,
): readonly IncidentReport[] => {
  const open = purchases.filter((order) => isOpen(order) && settled.has(order.id));
  return unpooled.flatMap((stamp): IncidentReport | readonly [] => {
    const order = purchases.find((one) => hasMarkOf(one, stamp));
    if (order === undefined || maySettle(stamp, open)) return [];
    return {
      code: 'PURCHASE_UNACCOUNTED',
      subject: stamp.batchId,
      detail: `Batch ${stamp.batchId} of depth ${stamp.depth} and amount ${stamp.amount}, labelled "${stamp.label ?? ''}"; order ${order.id} is ${order.state}.`,
    };
  });
};

/** A batch that is older than the order has its amount by chance. */
const hasMarkOf = (order: Order, stamp: SeenStamp): boolean =>
  stamp.label === order.id || (stamp.amount === order.amount && isMinedSince(order, stamp));

/** An open order may still be settled by this batch. */
const maySettle = ({ amount }: SeenStamp, open: readonly Order[]): boolean =>
  open.some((order) => amount === order.amount);
