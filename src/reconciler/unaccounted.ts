import type { SeenStamp } from '../domain/observation.ts';
import type { Order } from '../domain/order.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/**
 * Batches that the node shows with the mark of a purchase of ours, its id as label or its amount, and that are in no row
 * of the store: paid for by us, perhaps, and by no purchase that is known of. Pure.
 *
 * `strangers`: what the list shows and the store has never had. `purchases`: those with one of their marks.
 */
export const unaccounted = (
  strangers: readonly SeenStamp[],
  purchases: readonly Order[],
): readonly IncidentReport[] =>
  strangers.flatMap((stamp): IncidentReport | readonly [] => {
    const order = purchases.find((one) => bears(stamp, one));
    if (order === undefined || mayBeSettledBy(stamp, purchases)) return [];
    return {
      code: 'PURCHASE_UNACCOUNTED',
      subject: stamp.batchId,
      detail: `Batch ${stamp.batchId} of depth ${stamp.depth} and amount ${stamp.amount}, labelled "${stamp.label ?? ''}"; order ${order.id} is ${order.state}.`,
    };
  });

/** A batch that was there before the order has its amount by chance. */
const bears = ({ label, amount, blockNumber }: SeenStamp, order: Order): boolean =>
  label === order.id || (amount === order.amount && blockNumber > order.plannedAtBlock);

/** It may be what an open order waits for. */
const mayBeSettledBy = ({ amount }: SeenStamp, purchases: readonly Order[]): boolean =>
  purchases.some((order) => amount === order.amount && ['planned', 'sent', 'unknown'].includes(order.state));
