import type { BuyOutcome, TopUpOutcome } from '../bee/bee.ts';
import type { SentOrder } from '../domain/order.ts';

export type Answer = BuyOutcome | TopUpOutcome;

/**
 * Longer than this nobody waits for an answer: Bee has been seen to hang for more than 20 minutes on a stuck nonce
 * (docs/bee.md#purchase). The request is not aborted, which would cancel it in Bee; its order is settled from the chain.
 */
const PATIENCE_MS = 30 * 60_000;

interface Sending {
  readonly order: SentOrder;
  readonly sinceMs: number;
  answer: Answer | null;
}

/** The one request that a node may have under way. Its answer waits here for the next turn to settle it. */
export class InFlight {
  #sending: Sending | null = null;
  readonly #onAnswer: () => void;

  /** `onAnswer` is called when an answer is there to be taken. */
  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
  }

  get busy(): boolean {
    return this.#sending !== null;
  }

  /** Does not wait. @throws Error when a request is under way: the plan must have held. */
  start(order: SentOrder, sinceMs: number, request: () => Promise<Answer>): void {
    if (this.#sending) throw new Error(`order ${order.id} sent while ${this.#sending.order.id} is under way`);
    const sending: Sending = { order, sinceMs, answer: null };
    this.#sending = sending;
    const settle = (answer: Answer): void => {
      sending.answer = answer;
      if (this.#sending === sending) this.#onAnswer();
    };
    request().then(settle, (error: unknown) => settle({ is: 'unknown', cause: String(error) }));
  }

  /** The answer: there, or given up waiting for. It stays until `forget`, so that a write that fails loses nothing. */
  peek(nowMs: number): { readonly order: SentOrder; readonly answer: Answer } | null {
    const sending = this.#sending;
    const answer = sending && (sending.answer ?? this.#givenUp(sending, nowMs));
    return sending && answer ? { order: sending.order, answer } : null;
  }

  /** It is settled, by its answer or by what the chain has shown: the node is free for the next request. */
  forget(orderId: string): void {
    if (this.#sending?.order.id === orderId) this.#sending = null;
  }

  #givenUp({ sinceMs }: Sending, nowMs: number): Answer | null {
    if (nowMs - sinceMs < PATIENCE_MS) return null;
    return { is: 'unknown', cause: `no answer within ${PATIENCE_MS / 60_000} minutes` };
  }
}
