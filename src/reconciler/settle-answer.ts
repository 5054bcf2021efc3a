import type { RefusalCode } from '../bee/bee.ts';
import type { Change } from '../domain/change.ts';
import type { IncidentCode } from '../domain/incident.ts';
import type { OrderState, SentOrder } from '../domain/order.ts';
import { type BatchId, unreachable } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { Answered } from './in-flight.ts';

/** What Bee's answer to a request makes of its order. */
export interface AnswerSettlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** What it says about asking the node again. */
  readonly backOff: { readonly is: 'trip'; readonly why: string } | { readonly is: 'clear' | 'keep' };
}

/** All refusals are retried after a back-off. Bad requests and missing funds are also reported as errors. */
const REFUSAL_INCIDENTS: Record<RefusalCode, IncidentCode | null> = {
  BUSY: 'BUSY',
  SYNCING: 'NODE_SYNCING',
  UNREACHABLE: 'NODE_UNREACHABLE',
  CHAIN_DISABLED: 'CHAIN_DISABLED',
  OUT_OF_FUNDS: null,
  BAD_REQUEST: null,
};

/**
 * An answer confirms nothing: that it is done is a claim, which the node's list settles. Pure.
 *
 * `state`: of the order on disk. It is `sent`, unless the answer came after the pool had stopped waiting for it.
 * `tip`: of the chain; null when the node cannot be read.
 */
export function settleAnswer(
  { order, answer }: Answered,
  { state, tip }: { readonly state: OrderState; readonly tip: number | null },
): AnswerSettlement {
  const isLate = state !== 'sent';
  switch (answer.is) {
    case 'bought':
      if (order.kind !== 'purchase') return mismatch(order, answer.is);
      return claimed(order, { ...answer, state, tip });
    case 'toppedUp':
      if (order.kind !== 'topUp') return mismatch(order, answer.is);
      return claimed(order, { batchId: order.batchId, txHash: answer.txHash, state, tip });
    case 'refused': {
      if (isLate) return NOTHING;
      const incident =
        REFUSAL_INCIDENTS[answer.code] ?? (order.kind === 'purchase' ? 'PURCHASE_REFUSED' : 'TOP_UP_REFUSED');
      return {
        changes: [{ change: 'orderRejected', id: order.id, cause: answer.message }],
        incidents: [{ code: incident, subject: order.node, detail: `Bee said: ${answer.message}.` }],
        backOff: { is: 'trip', why: answer.message },
      };
    }
    case 'unknown':
      if (isLate) return NOTHING;
      return {
        changes: [{ change: 'orderUnknown', id: order.id, cause: answer.cause }],
        incidents: [unknownOutcome(order, answer.cause)],
        backOff: { is: 'clear' },
      };
    default:
      return unreachable(answer);
  }
}

const NOTHING: AnswerSettlement = { changes: [], incidents: [], backOff: { is: 'keep' } };

/** An order that the list has settled already stays as it is. */
function claimed(
  { id }: SentOrder,
  {
    batchId,
    txHash,
    state,
    tip,
  }: {
    readonly batchId: BatchId;
    readonly txHash: string;
    readonly state: OrderState;
    readonly tip: number | null;
  },
): AnswerSettlement {
  if (state !== 'sent' && state !== 'unknown' && state !== 'abandoned') return NOTHING;
  return {
    changes: [{ change: 'orderAnswered', id, batchId, txHash, atBlock: tip }],
    incidents: [],
    backOff: { is: state === 'sent' ? 'clear' : 'keep' },
  };
}

export const unknownOutcome = (order: Pick<SentOrder, 'id' | 'kind'>, cause: string): IncidentReport => ({
  code: order.kind === 'purchase' ? 'PURCHASE_UNKNOWN' : 'TOP_UP_UNKNOWN',
  subject: order.id,
  detail: `Order ${order.id}: ${cause}.`,
});

function mismatch(order: SentOrder, answer: string): never {
  throw new Error(`a ${order.kind} was answered with "${answer}"`);
}
