import type { Refused } from '../bee/bee.ts';
import type { Change } from '../domain/change.ts';
import type { IncidentCode } from '../domain/incident.ts';
import type { OrderState, RefusalCode, SentOrder } from '../domain/order.ts';
import { asSentence } from '../domain/plain-text.ts';
import { type BatchId, type OrderId, unreachable } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';
import type { Answered } from './in-flight.ts';

/** Settles orders whose answer was lost with an earlier process, and the answer that has arrived, if there is one. Pure. */
export function settleAnswers({ stock, answered, isAwaited, tip }: AnswersInput): AnswerSettlement {
  const lost = stock.openOrders.filter(
    (order) => order.state === 'sent' && order.claim === null && !isAwaited(order.id),
  );
  const answer =
    answered === null
      ? NOTHING
      : settleAnswer(answered, { state: stateOnDisk(answered.order.id, stock), tip });
  return {
    changes: [
      ...lost.map(({ id }): Change => ({ change: 'orderUnknown', id, cause: LOST_ANSWER })),
      ...answer.changes,
    ],
    incidents: [...lost.map((order) => unknownOutcome(order, LOST_ANSWER)), ...answer.incidents],
    backOff: answer.backOff,
  };
}

export interface AnswersInput {
  readonly stock: NodeStock;
  readonly answered: Answered | null;
  /** Whether this process will still receive or settle an answer to that order. */
  readonly isAwaited: (id: OrderId) => boolean;
  /** The head of the chain; null if the node cannot be read. */
  readonly tip: number | null;
}

/** What follows from Bee's answer to a request. */
export interface AnswerSettlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  readonly backOff: { readonly is: 'trip'; readonly reason: string } | { readonly is: 'clear' | 'keep' };
}

const NOTHING: AnswerSettlement = { changes: [], incidents: [], backOff: { is: 'keep' } };

const LOST_ANSWER = 'the service stopped or failed before Bee answered';

/** null: the order has ended. */
export const stateOnDisk = (id: OrderId, { openOrders, abandonedOrders }: NodeStock): OrderState | null =>
  [...openOrders, ...abandonedOrders].find((order) => order.id === id)?.state ?? null;

/**
 * An answer confirms nothing: a success is a claim, which the node's list settles. A late answer arrives after the pool
 * has stopped waiting for it; its order is then no longer `sent`, and may be settled already. Pure.
 */
export function settleAnswer(
  { order, answer }: Answered,
  { state, tip }: { readonly state: OrderState | null; readonly tip: number | null },
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
      const backOff = { is: 'trip', reason: answer.message } as const;
      if (isLate) return { ...NOTHING, backOff }; // the node is busy, whatever became of the order
      const incident =
        REFUSAL_INCIDENTS[answer.code] ?? (order.kind === 'purchase' ? 'PURCHASE_REFUSED' : 'TOP_UP_REFUSED');
      return {
        changes: [{ change: 'orderRejected', id: order.id, cause: answer.message, refusal: answer.code }],
        incidents: [{ code: incident, subject: order.node, detail: describeRefusal(answer) }],
        backOff,
      };
    }
    case 'unknown':
      if (isLate) return NOTHING;
      return {
        changes: [{ change: 'orderUnknown', id: order.id, cause: answer.cause }],
        incidents: [unknownOutcome(order, answer.cause)],
        backOff: { is: 'clear' },
      };
    case 'notSent':
      if (state !== 'sent' && state !== 'unknown') return NOTHING; // another holder may have made it unknown
      return {
        changes: [{ change: 'orderNotSent', id: order.id, cause: answer.cause }],
        incidents: [
          { code: 'ORDER_NOT_SENT', subject: order.node, detail: `Order ${order.id}: ${answer.cause}.` },
        ],
        backOff: { is: 'trip', reason: answer.cause },
      };
    default:
      return unreachable(answer);
  }
}

/** A request that found no connection got no answer. */
const describeRefusal = ({ code, message }: Refused): string =>
  asSentence(code === 'UNREACHABLE' ? message : `Bee answered: ${message}`);

/** All refusals are retried after a back-off. Bad requests and missing funds are also reported as errors. */
const REFUSAL_INCIDENTS: Record<RefusalCode, IncidentCode | null> = {
  BUSY: 'BUSY',
  SYNCING: 'NODE_SYNCING',
  UNREACHABLE: 'NODE_UNREACHABLE',
  CHAIN_DISABLED: 'CHAIN_DISABLED',
  OUT_OF_FUNDS: null,
  BAD_REQUEST: null,
};

interface Success {
  readonly batchId: BatchId;
  readonly txHash: string;
  readonly state: OrderState | null;
  readonly tip: number | null;
}

/** An order that the node's list has settled already does not change. */
function claimed({ id }: SentOrder, { batchId, txHash, state, tip }: Success): AnswerSettlement {
  if (state !== 'sent' && state !== 'unknown' && state !== 'abandoned') return NOTHING;
  return {
    changes: [{ change: 'orderAnswered', id, batchId, txHash, atBlock: tip }],
    incidents: [],
    backOff: { is: state === 'sent' ? 'clear' : 'keep' },
  };
}

export const unknownOutcome = (
  order: Pick<SentOrder, 'id' | 'kind'>,
  cause: string,
): IncidentReport<'PURCHASE_UNKNOWN' | 'TOP_UP_UNKNOWN'> => ({
  code: order.kind === 'purchase' ? 'PURCHASE_UNKNOWN' : 'TOP_UP_UNKNOWN',
  subject: order.id,
  detail: `Order ${order.id}: ${cause}.`,
});

function mismatch(order: SentOrder, answer: string): never {
  throw new Error(`a ${order.kind} was answered with "${answer}"`);
}
