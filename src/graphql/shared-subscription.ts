import type { ExecutionResult } from 'graphql';
import type { SharedEvent } from './shared-event.ts';

/** Sends an event to the subscriber. Returns false, and sends nothing, while earlier bytes of its socket are not sent. */
type SendEvent = (event: SharedEvent) => boolean;

interface SharedSubscriptionParts {
  /** Called when events may be sent. */
  readonly started: () => void;
  readonly left: () => void;
}

/**
 * One subscriber of a group. graphql-ws iterates over it as over any subscription, and sees its end or its error only: the
 * events go to the socket directly.
 */
export class SharedSubscription implements AsyncIterableIterator<ExecutionResult> {
  readonly #parts: SharedSubscriptionParts;
  readonly #ended = Promise.withResolvers<IteratorResult<ExecutionResult>>();
  #send: SendEvent | null = null;
  #last: SharedEvent | null = null;
  #isStarted = false;
  #isOver = false;

  constructor(parts: SharedSubscriptionParts) {
    this.#parts = parts;
  }

  /** Call it before the first `next()`. */
  sendWith(send: SendEvent): void {
    this.#send = send;
  }

  needs(event: SharedEvent): boolean {
    return this.#isStarted && !this.#isOver && event !== this.#last;
  }

  /** Sends the event if it is needed. Returns false if it must be offered again. */
  offer(event: SharedEvent): boolean {
    if (!this.needs(event)) return true;
    if (this.#send?.(event) !== true) return false;
    this.#last = event;
    return true;
  }

  end(): void {
    this.#over();
    this.#ended.resolve({ done: true, value: undefined });
  }

  fail(cause: unknown): void {
    this.#over();
    this.#ended.promise.catch(() => {}); // graphql-ws may not have asked yet
    this.#ended.reject(cause);
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#parts.started();
    }
    return this.#ended.promise;
  }

  return(): Promise<IteratorResult<ExecutionResult>> {
    this.end();
    return this.#ended.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.left();
  }
}
