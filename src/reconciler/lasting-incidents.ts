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
export const lastingOfStamps = (stamps: readonly LiveStamp[], input: LastingInput) =>
  stamps.flatMap((stamp) => ofStamp(stamp, input) ?? []);

/** The same for orders: their outcome is unknown. Pure. */
export const lastingOfOrders = (orders: readonly OpenOrder[]) =>
  orders.flatMap((order) => ofOrder(order) ?? []);

/** Whether each run reads from the disk that the condition lasts. */
export const isLasting = (code: IncidentCode): boolean => Object.hasOwn(LASTING, code);

/** The codes that the two functions above return: the compiler accepts no other list, so each is reported in one way. */
const LASTING = {
  PURCHASE_UNKNOWN: true,
  PURCHASE_NOT_SHOWN: true,
  TOP_UP_UNKNOWN: true,
  TOP_UP_NOT_SHOWN: true,
  STAMP_WITHHELD: true,
  STAMP_MISSING: true,
  STAMP_IN_USE: true,
  STAMP_UNSTABLE: true,
  STAMP_DELAYED: true,
} as const satisfies Record<LastingCode, true>;

type LastingCode = ReturnType<typeof lastingOfStamps | typeof lastingOfOrders>[number]['code'];

function ofOrder(order: OpenOrder) {
  if (order.state !== 'unknown') return null;
  return order.claim?.overdue ? notShown(order, order.cause) : unknownOutcome(order, order.cause);
}

function ofStamp(stamp: LiveStamp, input: LastingInput) {
  const { withheld } = stamp;
  if (withheld === null) return isDelayed(stamp, input) ? delayed(stamp) : null;
  if (!isObserved(withheld)) return null; // one incident of the node covers the other reasons
  if (!isReported(stamp, withheld, input.now)) return null;
  const incident = withheldIncident(stamp, withheld);
  return isUnstable(stamp, input) ? { ...incident, code: 'STAMP_UNSTABLE' as const } : incident;
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

const delayed = ({ batchId, depth }: LiveStamp): IncidentReport<'STAMP_DELAYED'> => ({
  code: 'STAMP_DELAYED',
  subject: batchId,
  detail: `Batch ${batchId} of depth ${depth}.`,
});
