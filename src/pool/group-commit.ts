import type { AcquireOutcome, AcquireRequest } from '../domain/acquisition.ts';
import { StoreFailedError } from '../store/store.ts';

/**
 * An optimization: acquisitions that arrive together share one commit. A durable commit costs one fsync, whatever its
 * size (docs/performance.md#group-commit), so a hundred clients wait for one commit instead of a hundred in a row.
 * test/promises/1-at-most-once.test.ts holds that it changes no result. To remove it, call `commit([request])`.
 */
export class GroupCommit {
  readonly #commit: (requests: readonly AcquireRequest[]) => Promise<readonly AcquireOutcome[]>;
  readonly #maxPerCommit: number;
  #queue: Waiting[] = [];
  #flushing = false;

  constructor(
    commit: (requests: readonly AcquireRequest[]) => Promise<readonly AcquireOutcome[]>,
    maxPerCommit = MAX_PER_COMMIT,
  ) {
    this.#commit = commit;
    this.#maxPerCommit = maxPerCommit;
  }

  /** Resolves after the commit. Rejects if the commit failed: then nothing was given out. */
  acquire(request: AcquireRequest): Promise<AcquireOutcome> {
    return new Promise((answer, fail) => {
      this.#queue.push({ request, sinceMs: performance.now(), answer, fail });
      if (this.#queue.length === 1 && !this.#flushing) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#queue.length > 0) await this.#commitAll(this.#queue.splice(0, this.#maxPerCommit));
    this.#flushing = false;
  }

  async #commitAll(waiting: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#commit(waiting.map(({ request }) => request));
      for (const [index, { answer, fail }] of waiting.entries()) {
        const outcome = outcomes[index];
        if (outcome) answer(outcome);
        else fail(new Error(`${outcomes.length} outcomes for ${waiting.length} requests`));
      }
    } catch (error) {
      for (const { fail } of waiting) fail(error);
      if (error instanceof StoreFailedError) this.#failLate(error);
    }
  }

  /** Another commit may take as long as the one that failed, and a client gets its response within ten seconds. */
  #failLate(cause: StoreFailedError): void {
    const untilMs = performance.now() - MAX_WAIT_MS;
    const late = this.#queue.findIndex(({ sinceMs }) => sinceMs > untilMs);
    for (const { fail } of this.#queue.splice(0, late === -1 ? this.#queue.length : late))
      fail(new StoreFailedError(cause.message, { cause }));
  }
}

interface Waiting {
  readonly request: AcquireRequest;
  readonly sinceMs: number;
  readonly answer: (outcome: AcquireOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** A larger commit gains little, and its first request waits longer. */
const MAX_PER_COMMIT = 128;
/** For a commit that failed. */
const MAX_WAIT_MS = 1_000;
