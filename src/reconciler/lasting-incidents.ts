import type { IncidentCode } from '../domain/incident.ts';
import type { FreshObservation } from '../domain/observation.ts';
import type { OpenOrder } from '../domain/order.ts';
import { isObserved, isReported, type LiveStamp } from '../domain/stamp.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { unknownOutcome } from './settle-answer.ts';
import { notShown } from './settle-claim.ts';
import { LOST_BLOCKS, wasLostWithinDay, withheldIncident } from './settle-stamp.ts';

export interface LastingInput {
  /** null if there is no fresh observation. */
  readonly seen: FreshObservation | null;
  readonly blockTimeSeconds: number;
  readonly now: Date;
}

/**
 * The conditions of stamps that last, as incidents. Each is reported when it begins; but after an hour, a restart, or a crash
 * right after it was written, it has to be reported again. Pure.
 */
export const lastingOfStamps = (
  stamps: readonly LiveStamp[],
  input: LastingInput,
): readonly IncidentReport[] => stamps.flatMap((stamp) => ofStamp(stamp, input));

/** The same for orders: their outcome is unknown. Pure. */
export const lastingOfOrders = (orders: readonly OpenOrder[]): readonly IncidentReport[] =>
  orders.flatMap((order) => {
    if (order.state !== 'unknown') return [];
    return order.claim?.overdue ? notShown(order, order.cause) : unknownOutcome(order, order.cause);
  });

/** Whether each run reads from the disk that the condition lasts. */
export const isLasting = (code: IncidentCode): boolean => LASTING.has(code);

const LASTING: ReadonlySet<IncidentCode> = new Set([
  'PURCHASE_UNKNOWN',
  'PURCHASE_NOT_SHOWN',
  'TOP_UP_UNKNOWN',
  'TOP_UP_NOT_SHOWN',
  'STAMP_WITHHELD',
  'STAMP_MISSING',
  'STAMP_IN_USE',
  'STAMP_UNSTABLE',
  'STAMP_DELAYED',
]);

function ofStamp(stamp: LiveStamp, input: LastingInput): readonly IncidentReport[] {
  const { withheld } = stamp;
  if (withheld === null) return isDelayed(stamp, input) ? [delayed(stamp)] : [];
  if (!isObserved(withheld)) return []; // one incident of the node covers the other reasons
  if (!isReported(stamp, withheld, input.now)) return [];
  const incident = withheldIncident(stamp, withheld);
  return [isUnstable(stamp, input) ? { ...incident, code: 'STAMP_UNSTABLE' } : incident];
}

/** The stamp would be lost now, but it was lost and replaced within the last day already. */
function isUnstable(stamp: LiveStamp, { seen, blockTimeSeconds }: LastingInput): boolean {
  if (seen === null || stamp.withheld !== 'missing' || stamp.missingSinceBlock === null) return false;
  const { block } = seen.chain;
  return (
    block - stamp.missingSinceBlock >= LOST_BLOCKS && wasLostWithinDay(stamp, { block, blockTimeSeconds })
  );
}

/** A batch becomes usable 10 blocks after it is listed (docs/bee.md#visibility). After 120 blocks the node does not keep up. */
function isDelayed(stamp: LiveStamp, { seen }: LastingInput): boolean {
  const shown = seen?.stamps.get(stamp.batchId);
  if (!seen || !shown || stamp.state !== 'propagating') return false;
  return seen.chain.block - shown.blockNumber >= LOST_BLOCKS;
}

const delayed = ({ batchId, depth }: LiveStamp): IncidentReport => ({
  code: 'STAMP_DELAYED',
  subject: batchId,
  detail: `Batch ${batchId} of depth ${depth}.`,
});
