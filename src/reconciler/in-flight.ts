import type { BuyOutcome, TopUpOutcome } from '../bee/bee.ts';
import { messageOf } from '../domain/message-of.ts';
import type { SentOrder } from '../domain/order.ts';
import { truncate } from '../domain/plain-text.ts';
import type { OrderId } from '../domain/units.ts';

export type Answer = BuyOutcome | TopUpOutcome | NotSent;

/** The request did not leave this process, although its order is on disk as sent. */
interface NotSent {
  readonly is: 'notSent';
  readonly cause: string;
}

/** An order whose answer arrived, or whose answer is no longer waited for. */
export interface Answered {
  readonly order: SentOrder;
  readonly answer: Answer;
}

/**
 * Bee can take more than 20 minutes when a nonce is stuck (docs/bee.md#purchase). The pool then stops waiting, but does not
 * abort the request, because that would cancel it in Bee. The chain settles the order.
 */
const MAX_WAIT_MS = 30 * 60_000;

/** How many ids of orders are kept. A node has few open orders, and those of this process are the newest. */
const MAX_OWN_ORDERS = 100;

/** The message of an exception may contain an unbounded input. */
const MAX_CAUSE_LENGTH = 500;

/** The one request that a node may have under way. It keeps the answer until a run has settled it. */
export class InFlight {
  #sending: Sending | null = null;
  /** The answers that no run has settled yet, late ones included. */
  readonly #answers: Answered[] = [];
  /** The orders that this process has sent, oldest first. */
  readonly #own = new Set<OrderId>();
  #ended = 0;
  readonly #onAnswer: () => void;
  readonly #onBug: (order: SentOrder, error: unknown) => void;

  /** Calls `onAnswer` when an answer can be read, and before that `onBug` if the request ended with an exception. */
  constructor(onAnswer: () => void, onBug: (order: SentOrder, error: unknown) => void) {
    this.#onAnswer = onAnswer;
    this.#onBug = onBug;
  }

  /** True also while an answer waits to be settled, because it may say that the node is busy. */
  get busy(): boolean {
    return this.#sending !== null || this.#answers.length > 0;
  }

  /** How many requests have been answered, or settled without an answer. What was read before one of them ended may lack its payment. */
  get ended(): number {
    return this.#ended;
  }

  /** Whether an answer to this order is still to arrive or to be settled. */
  awaits(orderId: OrderId): boolean {
    return this.#sending?.order.id === orderId || this.#answers.some(({ order }) => order.id === orderId);
  }

  /** Whether this process has sent the request of the order. If not, an earlier holder of the lease may have. */
  isOwn(orderId: OrderId): boolean {
    return this.#own.has(orderId);
  }

  /** Does not wait for the answer. @throws Error if a request is under way: the plan should have held. */
  start(order: SentOrder, sinceMs: number, request: () => Promise<Answer>): void {
    if (this.#sending) throw new Error(`order ${order.id} sent while ${this.#sending.order.id} is under way`);
    this.#sending = { order, sinceMs };
    this.#own.add(order.id);
    for (const id of this.#own) {
      if (this.#own.size <= MAX_OWN_ORDERS) break;
      this.#own.delete(id);
    }
    const settle = (answer: Answer): void => {
      this.#answers.push({ order, answer });
      this.#ended += 1;
      this.#onAnswer();
    };
    request().then(settle, (error: unknown) => {
      this.#onBug(order, error);
      settle({ is: 'unknown', cause: `an internal error: ${truncate(messageOf(error), MAX_CAUSE_LENGTH)}` });
    });
  }

  /** The answer to settle next. It stays until `forget`, so that a failed write does not lose it. */
  peek(nowMs: number): Answered | null {
    const [answer] = this.#answers;
    return answer ?? (this.#sending && this.#timedOut(this.#sending, nowMs));
  }

  /** The order is settled, by its answer or by what the node shows: the next request may start. */
  forget(orderId: OrderId): void {
    const answered = this.#answers.findIndex(({ order }) => order.id === orderId);
    if (answered >= 0) this.#answers.splice(answered, 1);
    if (this.#sending?.order.id !== orderId) return;
    this.#sending = null;
    if (answered < 0) this.#ended += 1;
  }

  #timedOut({ order, sinceMs }: Sending, nowMs: number): Answered | null {
    if (nowMs - sinceMs < MAX_WAIT_MS) return null;
    const cause = `no answer within ${MAX_WAIT_MS / 60_000} minutes`;
    return { order, answer: { is: 'unknown', cause } };
  }
}

interface Sending {
  readonly order: SentOrder;
  readonly sinceMs: number;
}
