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

interface Kept {
  bytes: number;
  readonly refuse: () => void;
}

/** Limits what is kept of what clients have sent, over all connections. Above the limit, what takes most is refused. */
export class ReceivedBytes {
  readonly #kept = new Set<Kept>();
  #bytes = 0;

  /** `refuse` is called once at most, after the end of the part. It lets go of what is kept. */
  add(refuse: () => void): ReceivedPart {
    let hasEnded = false;
    const kept: Kept = {
      bytes: 0,
      refuse: () => {
        end();
        refuse();
      },
    };
    const end = (): void => {
      hasEnded = true;
      this.#set(kept, 0);
    };
    return {
      resize: (bytes) => {
        if (hasEnded) return;
        this.#set(kept, bytes);
        while (this.#bytes > MAX_RECEIVED_BYTES) this.#largestOf(kept).refuse();
      },
      end,
    };
  }

  #set(kept: Kept, bytes: number): void {
    this.#bytes += bytes - kept.bytes;
    kept.bytes = bytes;
    if (bytes > 0) this.#kept.add(kept);
    else this.#kept.delete(kept);
  }

  /** The given one, unless another is larger. */
  #largestOf(given: Kept): Kept {
    let largest = given;
    for (const one of this.#kept) if (one.bytes > largest.bytes) largest = one;
    return largest;
  }
}
