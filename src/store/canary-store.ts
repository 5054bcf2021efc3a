import type { BatchId, NodeName, OrderId } from '../domain/units.ts';

/** A canary, by the confirmed order that bought it. */
export interface Canary {
  readonly orderId: OrderId;
  readonly batchId: BatchId;
  readonly plannedAtBlock: number;
}

/** The canaries on disk. A canary is the batch of a confirmed order, and no stamp of the pool. */
export interface CanaryStore {
  /** The last canaries of the node, at most 10, newest first. */
  ofNode(node: NodeName): Promise<readonly Canary[]>;
  /** Those of these batches that are or were a canary. */
  filterCanaries(batchIds: readonly BatchId[]): Promise<ReadonlySet<BatchId>>;
}
