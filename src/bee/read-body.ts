import { setImmediate } from 'node:timers/promises';
import { TOO_LONG, TransportError } from './transport-error.ts';

/** Of an answer that is kept as a whole. Counted while the body arrives, so that a longer one is not buffered. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Bee and the proxies in front of it send some kilobytes in each. In chunks of one byte, a list would keep the process busy. */
const MIN_AVERAGE_CHUNK_BYTES = 64;
/** As many may be shorter. */
const MAX_SHORT_CHUNKS = 2000;

/**
 * Reads a body without the secrets that it may echo: a proxy's error page may repeat the request, and its first characters
 * are shown to clients. Returns the text, or passes it to `onPart` part by part and returns none.
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  secrets: readonly string[],
  onPart: ((part: string) => boolean) | undefined,
): Promise<string> {
  const decoder = new TextDecoder();
  const parts = new ConcealedParts(secrets);
  let text = '';
  let [bytes, chunks] = [0, 0];
  for await (const chunk of body) {
    bytes += chunk.length;
    chunks += 1;
    if (chunks > MAX_SHORT_CHUNKS + bytes / MIN_AVERAGE_CHUNK_BYTES) throw invalidAnswer(TOO_MANY_CHUNKS);
    const part = parts.next(decoder.decode(chunk, { stream: true }));
    if (onPart === undefined) text += part;
    const isTooLong = onPart === undefined ? bytes > MAX_ANSWER_BYTES : !onPart(part);
    if (isTooLong) throw invalidAnswer(TOO_LONG);
    if (onPart !== undefined) await setImmediate();
  }
  const rest = parts.next(decoder.decode()) + parts.rest();
  if (onPart === undefined) return text + rest;
  onPart(rest);
  return '';
}

const TOO_MANY_CHUNKS = 'the answer comes in more and smaller chunks than any that Bee sends';

const invalidAnswer = (message: string): TransportError =>
  new TransportError(message, { mayHaveBeenSent: true, invalidAnswer: true });

/** Replaces secrets in a text that arrives in parts. What may be the beginning of one waits for the next part. */
class ConcealedParts {
  readonly #secrets: readonly string[];
  readonly #heldLength: number;
  #held = '';

  /** @param secrets the longest first. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#heldLength = Math.max(0, (secrets[0]?.length ?? 0) - 1);
  }

  next(part: string): string {
    const text = this.#secrets.reduce(
      (shown, secret) => shown.replaceAll(secret, '[secret]'),
      this.#held + part,
    );
    const end = Math.max(0, text.length - this.#heldLength);
    this.#held = text.slice(end);
    return text.slice(0, end);
  }

  rest(): string {
    return this.#held;
  }
}
