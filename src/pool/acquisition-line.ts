import type { AcquireOutcome } from '../domain/acquisition.ts';
import type { LogLine } from '../domain/log-event.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';

/** The log line of a stamp that was given to a client. */
export function acquisitionLine(
  { acquisition, stamp, replayed }: Extract<AcquireOutcome, { is: 'acquired' }>,
  origin: RequestOrigin | undefined,
): LogLine {
  const { id, batchId, caller, clientRef, askedDepth, givenDepth, cost, ttlSeconds } = acquisition;
  const event = replayed ? 'replayed' : 'acquired';
  const reason = reasonOf({ askedDepth, givenDepth });
  return {
    fields: {
      event,
      acquisitionId: id,
      orderId: stamp.orderId,
      batchId,
      node: stamp.node,
      owner: caller,
      clientRef,
      askedDepth,
      givenDepth,
      costPlur: cost.toString(),
      ttlSeconds,
      reason,
      ...origin,
    },
    message: `batch ${batchId} ${event} by ${caller}: ${reason}`,
  };
}

const reasonOf = ({ askedDepth, givenDepth }: { askedDepth: number; givenDepth: number }): string =>
  askedDepth === givenDepth
    ? `depth ${askedDepth} was asked for`
    : `depth ${askedDepth} was asked for, and none was available: depth ${givenDepth} is the next larger one`;
