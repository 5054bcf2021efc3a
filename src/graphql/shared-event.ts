import type { ExecutionResult } from 'graphql';

/** The result of an event whose JSON text is made once, for all messages that carry it. */
export class SharedEvent implements ExecutionResult {
  readonly data: NonNullable<ExecutionResult['data']> | null;
  readonly #result: ExecutionResult;
  #text: string | undefined;

  constructor(result: ExecutionResult) {
    this.#result = result;
    this.data = result.data ?? null;
  }

  /** Called when graphql-ws makes the text of a message, which it sends right after. */
  toJSON(): string {
    return announce(this);
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#result);
    return this.#text;
  }
}

const PLACEHOLDER = '';
/** How a message ends that carries a shared event. */
const MESSAGE_END = `"payload":${JSON.stringify(PLACEHOLDER)}}`;

/** Of the message that graphql-ws is about to send. */
let inMessage: SharedEvent | null = null;

function announce(event: SharedEvent): string {
  inMessage = event;
  return PLACEHOLDER;
}

/** Puts the text of a shared event into the message of graphql-ws that carries it. Any other message stays as it is. */
export function withSharedEvent(message: string): string {
  const event = inMessage;
  inMessage = null;
  if (event === null) return message;
  if (!message.endsWith(MESSAGE_END)) throw new TypeError('the message does not end with its payload');
  return `${message.slice(0, -MESSAGE_END.length)}"payload":${event.text}}`;
}
