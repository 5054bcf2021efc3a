import type { ExecutionResult } from 'graphql';
import { textFrame } from './text-frame.ts';

/** The result of an event whose JSON text is made once, and whose message is made once for all subscriptions with equal ids. */
export class SharedEvent {
  readonly #result: ExecutionResult;
  #text: string | null = null;
  #last: { readonly id: string; readonly frame: Buffer } | null = null;

  constructor(result: ExecutionResult) {
    this.#result = result;
  }

  /** The message that graphql-ws would send for the subscription of this id, as a frame of WebSocket. */
  frameFor(id: string): Buffer {
    if (this.#last?.id !== id) {
      this.#text ??= JSON.stringify(this.#result);
      const message = `{"id":${JSON.stringify(id)},"type":"next","payload":${this.#text}}`;
      this.#last = { id, frame: textFrame(message) };
    }
    return this.#last.frame;
  }
}
