import type { SentOrder } from '../domain/order.ts';
import { newStamp, type PropagatingStamp } from '../domain/stamp.ts';
import type { BatchId, Depth, Plur } from '../domain/units.ts';

type Purchase = Pick<Extract<SentOrder, { kind: 'purchase' }>, 'id' | 'node' | 'cost'>;

/** What a purchase bought, as it comes into the pool. */
export const boughtStamp = (
  order: Purchase,
  batch: {
    readonly batchId: BatchId;
    readonly depth: Depth;
    readonly amount: Plur;
    readonly immutable: boolean;
  },
  createdAt: Date,
): PropagatingStamp =>
  newStamp({
    batchId: batch.batchId,
    node: order.node,
    depth: batch.depth,
    amount: batch.amount,
    immutable: batch.immutable,
    cost: order.cost,
    origin: 'bought',
    orderId: order.id,
    createdAt,
  });
