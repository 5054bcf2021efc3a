import type { AcquireOutcome, AcquireRequest } from '../domain/acquisition.ts';

/**
 * A trick: acquires that arrive together share one commit. A durable commit costs an fdatasync, whatever is in it
 * (docs/performance.md#group-commit), so a hundred clients wait for one instead of a hundred in a row. Held equal to the plain way
 * by test/promises/1-at-most-once.test.ts. To be without it: call `commit([request])`.
 */
export class GroupCommit {
  readonly #commit: (requests: readonly AcquireRequest[]) => Promise<readonly AcquireOutcome[]>;
  #queue: Waiting[] = [];
  #flushing = false;

  constructor(commit: (requests: readonly AcquireRequest[]) => Promise<readonly AcquireOutcome[]>) {
    this.#commit = commit;
  }

  /** Resolves after the commit; rejects, with nothing given out, when it failed. */
  acquire(request: AcquireRequest): Promise<AcquireOutcome> {
    return new Promise((answer, fail) => {
      this.#queue.push({ request, answer, fail });
      if (this.#queue.length === 1 && !this.#flushing) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#queue.length > 0) await this.#commitAll(this.#queue.splice(0, MAX_PER_COMMIT));
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
    }
  }
}

interface Waiting {
  readonly request: AcquireRequest;
  readonly answer: (outcome: AcquireOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** Beyond this a larger commit gains little, and the first in it waits longer. */
const MAX_PER_COMMIT = 128;
