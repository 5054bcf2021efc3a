import type { FreshObservation } from '../domain/observation.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';
import { unknownOutcome } from './settle-answer.ts';
import { notShown } from './settle-claim.ts';
import { LOST_BLOCKS, wasLostWithinDay } from './settle-stamp.ts';
import { isReported, withheldIncident } from './withheld-incident.ts';

/** What lasting incidents rest on. */
export interface Standing {
  readonly stock: NodeStock;
  /** null: nothing fresh was observed. */
  readonly seen: FreshObservation | null;
  readonly blockTimeSeconds: number;
  readonly now: Date;
}

/**
 * Conditions that last, as incidents to remind of: each is reported when it begins, but that report is gone after an
 * hour, a restart, or a crash right after it was written down. Pure.
 */
export function lastingIncidents(standing: Standing): readonly IncidentReport[] {
  const { stamps, openOrders } = standing.stock;
  return [
    ...stamps.flatMap((stamp) => ofStamp(stamp, standing)),
    ...openOrders.flatMap((order) => {
      if (order.state !== 'unknown') return [];
      return order.claim?.overdue ? notShown(order, order.cause) : unknownOutcome(order, order.cause);
    }),
  ];
}

function ofStamp(stamp: LiveStamp, standing: Standing): readonly IncidentReport[] {
  const { withheld } = stamp;
  if (withheld === null) return isDelayed(stamp, standing) ? [delayed(stamp)] : [];
  if (withheld === 'node_changed' || withheld === 'retired') return []; // that is reported of the node
  if (!isReported(stamp, withheld, standing.now)) return [];
  const incident = withheldIncident(stamp, withheld);
  return [isUnstable(stamp, standing) ? { ...incident, code: 'STAMP_UNSTABLE' } : incident];
}

/** It would be lost by now, had it not been lost and replaced within the day. */
function isUnstable(stamp: LiveStamp, { seen, blockTimeSeconds }: Standing): boolean {
  if (seen === null || stamp.withheld !== 'missing' || stamp.missingSinceBlock === null) return false;
  const { block } = seen.chain;
  return (
    block - stamp.missingSinceBlock >= LOST_BLOCKS && wasLostWithinDay(stamp, { block, blockTimeSeconds })
  );
}

/** Usable comes 10 blocks after the batch is listed (docs/bee.md#visibility): not after 120 is a node that does not keep up. */
function isDelayed(stamp: LiveStamp, { seen }: Standing): boolean {
  const shown = seen?.stamps.find(({ batchId }) => batchId === stamp.batchId);
  if (!seen || !shown || stamp.state !== 'propagating') return false;
  return seen.chain.block - shown.blockNumber >= LOST_BLOCKS;
}

const delayed = ({ batchId, depth }: LiveStamp): IncidentReport => ({
  code: 'STAMP_DELAYED',
  subject: batchId,
  detail: `Batch ${batchId} of depth ${depth}.`,
});
