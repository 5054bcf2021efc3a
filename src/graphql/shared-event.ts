import type { ExecutionResult } from 'graphql';
import { textFrame } from './text-frame.ts';

/** The result of an event whose JSON text is made once, and whose message is made once for all subscriptions with equal ids, and once for all streams. */
export class SharedEvent {
  readonly #result: ExecutionResult;
  #text: string | null = null;
  #block: Buffer | null = null;
  #last: { readonly id: string; readonly frame: Buffer } | null = null;

  constructor(result: ExecutionResult) {
    this.#result = result;
  }

  /** The message that graphql-ws would send for the subscription of this id, as a frame of WebSocket. */
  frameFor(id: string): Buffer {
    if (this.#last?.id !== id) {
      const message = `{"id":${JSON.stringify(id)},"type":"next","payload":${this.#asText()}}`;
      this.#last = { id, frame: textFrame(message) };
    }
    return this.#last.frame;
  }

  /** The event of an event stream, as Yoga would write it. */
  get block(): Buffer {
    this.#block ??= Buffer.from(`event: next\ndata: ${this.#asText()}\n\n`);
    return this.#block;
  }

  #asText(): string {
    this.#text ??= JSON.stringify(this.#result);
    return this.#text;
  }
}
