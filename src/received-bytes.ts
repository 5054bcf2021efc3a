/** While it arrives, while it waits, and until its response or its operation ends. */
const MAX_RECEIVED_BYTES = 32_000_000;
/** Of the texts of one connection. 20 usual subscriptions are within it. */
const UNCOUNTED_CHARACTERS = 8000;
/** The text and what is parsed of it, which have two bytes for each character if one is not Latin-1. */
const BYTES_PER_CHARACTER = 4;

/** What a connection takes for texts that have arrived. */
export const bytesOfTexts = (characters: number): number =>
  Math.max(0, characters - UNCOUNTED_CHARACTERS) * BYTES_PER_CHARACTER;

/** What is kept of a body, or for a connection. */
export interface ReceivedPart {
  /** Has no effect after the end. */
  resize(bytes: number): void;
  end(): void;
}

/** Limits what is kept of what clients have sent, over all connections. Above the limit, what takes most is refused. */
export class ReceivedBytes {
  readonly #parts = new Set<Part>();
  #bytes = 0;

  /** `refuse` is called once at most, after the end of the part. It lets go of what is kept. */
  add(refuse: () => void): ReceivedPart {
    return new Part(this, refuse);
  }

  count(part: Part, bytes: number): void {
    this.#bytes += bytes - part.bytes;
    part.bytes = bytes;
    if (bytes > 0) this.#parts.add(part);
    else this.#parts.delete(part);
  }

  /** `grown` is refused, unless another part is larger. */
  enforceLimit(grown: Part): void {
    while (this.#bytes > MAX_RECEIVED_BYTES) {
      let largest = grown;
      for (const one of this.#parts) if (one.bytes > largest.bytes) largest = one;
      largest.end();
      largest.refuse();
    }
  }
}

/** Each connection has up to three: a class without closures takes least. */
class Part implements ReceivedPart {
  readonly refuse: () => void;
  bytes = 0;
  #all: ReceivedBytes | null;

  constructor(all: ReceivedBytes, refuse: () => void) {
    this.#all = all;
    this.refuse = refuse;
  }

  resize(bytes: number): void {
    this.#all?.count(this, bytes);
    this.#all?.enforceLimit(this);
  }

  end(): void {
    this.#all?.count(this, 0);
    this.#all = null;
  }
}
