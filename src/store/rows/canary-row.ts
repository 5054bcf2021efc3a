import { parseBatchId, parseOrderId } from '../../domain/units.ts';
import type { Canary } from '../canary-store.ts';

/** The order that bought a canary. */
export interface CanaryRow {
  readonly id: string;
  readonly batchId: string;
  readonly plannedAtBlock: number;
}

export const canaryFromRow = ({ id, batchId, plannedAtBlock }: CanaryRow): Canary => ({
  orderId: parseOrderId(id),
  batchId: parseBatchId(batchId),
  plannedAtBlock,
});
