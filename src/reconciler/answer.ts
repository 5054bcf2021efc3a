import type { RefusalCode } from '../bee/bee.ts';
import type { Change } from '../domain/change.ts';
import type { IncidentCode } from '../domain/incident.ts';
import type { OrderState, SentOrder } from '../domain/order.ts';
import { type BatchId, unreachable } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { boughtStamp } from './bought-stamp.ts';
import type { Answer } from './in-flight.ts';

/** What Bee's answer to a request makes of its order. */
export interface AnswerSettlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** The node asked to be left alone for a while. */
  readonly backOffBecause: string | null;
}

/** Who refuses for want of room or time is asked again later; who refuses for want of sense or funds, too, but it is an error. */
const REFUSAL_INCIDENTS: Record<RefusalCode, IncidentCode | null> = {
  BUSY: 'BUSY',
  SYNCING: 'NODE_SYNCING',
  UNREACHABLE: 'NODE_UNREACHABLE',
  CHAIN_DISABLED: 'CHAIN_DISABLED',
  OUT_OF_FUNDS: null,
  BAD_REQUEST: null,
};

/** Pure. */
export function settleAnswer(order: SentOrder, answer: Answer, at: Date): AnswerSettlement {
  switch (answer.is) {
    case 'bought':
      return order.kind === 'purchase'
        ? done([
            { change: 'orderConfirmed', id: order.id, batchId: answer.batchId, txHash: answer.txHash },
            {
              change: 'stampAdded',
              stamp: boughtStamp(order, { ...order, batchId: answer.batchId }, at),
            },
          ])
        : mismatch(order, answer);
    case 'toppedUp':
      return order.kind === 'topUp'
        ? done([
            { change: 'orderConfirmed', id: order.id, batchId: order.batchId, txHash: answer.txHash },
            { change: 'stampPaidFor', batchId: order.batchId, cost: order.cost },
          ])
        : mismatch(order, answer);
    case 'refused': {
      const incident =
        REFUSAL_INCIDENTS[answer.code] ?? (order.kind === 'purchase' ? 'PURCHASE_REFUSED' : 'TOP_UP_REFUSED');
      return {
        changes: [{ change: 'orderRejected', id: order.id, cause: answer.message }],
        incidents: [{ code: incident, subject: order.node, detail: `Bee said: ${answer.message}.` }],
        backOffBecause: answer.message,
      };
    }
    case 'unknown':
      return {
        changes: [{ change: 'orderUnknown', id: order.id, cause: answer.cause }],
        incidents: [unknownOutcome(order, answer.cause)],
        backOffBecause: null,
      };
    default:
      return unreachable(answer);
  }
}

/**
 * Bee says that it has bought when its answer was no longer waited for: the order is unknown by now, given up, or settled
 * with a batch of somebody else's that has the same amount. What was paid for comes into the pool all the same. Pure.
 */
export function settleLatePurchase(
  order: SentOrder,
  bought: {
    readonly batchId: BatchId;
    readonly txHash: string;
    readonly state: OrderState;
    readonly at: Date;
  },
): Pick<AnswerSettlement, 'changes' | 'incidents'> {
  if (order.kind !== 'purchase') throw new Error('a top-up was answered with "bought"');
  const { batchId, txHash, state, at } = bought;
  const late = LATE_INCIDENTS[state];
  const added: Change = { change: 'stampAdded', stamp: boughtStamp(order, { ...order, batchId }, at) };
  return {
    changes:
      state === 'confirmed' ? [added] : [{ change: 'orderConfirmed', id: order.id, batchId, txHash }, added],
    incidents: late === undefined ? [] : [{ code: late, subject: order.id, detail: `Batch ${batchId}.` }],
  };
}

/** An unknown order still counts as stock: nothing has been bought in its place. */
const LATE_INCIDENTS: Partial<Record<OrderState, IncidentCode>> = {
  abandoned: 'PURCHASE_LATE',
  confirmed: 'PURCHASE_AMBIGUOUS',
};

export const unknownOutcome = (order: Pick<SentOrder, 'id' | 'kind'>, cause: string): IncidentReport => ({
  code: order.kind === 'purchase' ? 'PURCHASE_UNKNOWN' : 'TOP_UP_UNKNOWN',
  subject: order.id,
  detail: `Order ${order.id}: ${cause}.`,
});

const done = (changes: readonly Change[]): AnswerSettlement => ({
  changes,
  incidents: [],
  backOffBecause: null,
});

function mismatch(order: SentOrder, answer: Answer): never {
  throw new Error(`a ${order.kind} was answered with "${answer.is}"`);
}
