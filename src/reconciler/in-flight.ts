import type { BuyOutcome, TopUpOutcome } from '../bee/bee.ts';
import type { SentOrder } from '../domain/order.ts';

export type Answer = BuyOutcome | TopUpOutcome;

/**
 * Longer than this nobody waits for an answer: Bee has been seen to hang for more than 20 minutes on a stuck nonce
 * (docs/bee.md#purchase). The request is not aborted, which would cancel it in Bee; its order is settled from the chain.
 */
const PATIENCE_MS = 30 * 60_000;

/** An exception may quote what it met. */
const MAX_CAUSE_LENGTH = 500;

/** A request whose answer has come, or is waited for no longer. */
export interface Answered {
  readonly order: SentOrder;
  readonly answer: Answer;
}

interface Sending {
  readonly order: SentOrder;
  readonly sinceMs: number;
  answered: Answered | null;
}

/** The one request that a node may have under way. Its answer waits here for the next run to settle it. */
export class InFlight {
  #sending: Sending | null = null;
  /** Answers to requests that nobody waited for any more. */
  readonly #late: Answered[] = [];
  readonly #onAnswer: () => void;
  readonly #onBug: (order: SentOrder, error: unknown) => void;

  /** `onAnswer` is called when an answer is there to be taken; `onBug` before it, when the request ended with an exception. */
  constructor(onAnswer: () => void, onBug: (order: SentOrder, error: unknown) => void) {
    this.#onAnswer = onAnswer;
    this.#onBug = onBug;
  }

  get busy(): boolean {
    return this.#sending !== null;
  }

  /** Whether that order's answer is still to come, or to be taken. */
  awaits(orderId: string): boolean {
    return this.#sending?.order.id === orderId || this.#late.some(({ order }) => order.id === orderId);
  }

  /** Does not wait. @throws Error when a request is under way: the plan must have held. */
  start(order: SentOrder, sinceMs: number, request: () => Promise<Answer>): void {
    if (this.#sending) throw new Error(`order ${order.id} sent while ${this.#sending.order.id} is under way`);
    const sending: Sending = { order, sinceMs, answered: null };
    this.#sending = sending;
    const settle = (answer: Answer): void => {
      sending.answered = { order, answer };
      if (this.#sending !== sending) this.#late.push(sending.answered);
      this.#onAnswer();
    };
    request().then(settle, (error: unknown) => {
      this.#onBug(order, error);
      settle({ is: 'unknown', cause: `an internal error: ${String(error).slice(0, MAX_CAUSE_LENGTH)}` });
    });
  }

  /** The answer: there, or given up waiting for. It stays until `forget`, so that a write that fails loses nothing. */
  peek(nowMs: number): Answered | null {
    const [late] = this.#late;
    if (late !== undefined) return late;
    const sending = this.#sending;
    return sending && (sending.answered ?? this.#givenUp(sending, nowMs));
  }

  /** It is settled, by its answer or by what the chain has shown: the node is free for the next request. */
  forget(orderId: string): void {
    const late = this.#late.findIndex(({ order }) => order.id === orderId);
    if (late >= 0) this.#late.splice(late, 1);
    if (this.#sending?.order.id === orderId) this.#sending = null;
  }

  #givenUp({ order, sinceMs }: Sending, nowMs: number): Answered | null {
    if (nowMs - sinceMs < PATIENCE_MS) return null;
    const cause = `no answer within ${PATIENCE_MS / 60_000} minutes`;
    return { order, answer: { is: 'unknown', cause } };
  }
}
