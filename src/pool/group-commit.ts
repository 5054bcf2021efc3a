import type { AcquireOutcome, AcquireRequest } from '../domain/acquisition.ts';
import { type AcquireCommit, StoreFailedError } from '../store/store.ts';

export interface GroupCommitParts {
  /** Acquires in one transaction. If it fails, nothing was written, unless it fails with a StoreFailedError. */
  readonly commit: (requests: readonly AcquireRequest[]) => Promise<AcquireCommit>;
  /** Follows each commit. The requests are answered after it. */
  readonly afterCommit: (committed: AcquireCommit) => Promise<void>;
  readonly maxPerCommit?: number;
}

/**
 * An optimization: acquisitions that arrive together share one commit. A durable commit costs one fsync, whatever its
 * size (docs/performance.md#group-commit), so a hundred clients wait for one commit instead of a hundred in a row.
 * test/promises/1-at-most-once.test.ts holds that it changes no result. To remove it, call `commit([request])`
 * and `afterCommit`.
 */
export class GroupCommit {
  readonly #parts: GroupCommitParts;
  #queue: Waiting[] = [];
  #flushing = false;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
  }

  /** Resolves after the commit. Rejects if the commit failed: then nothing was given out. */
  acquire(request: AcquireRequest): Promise<AcquireOutcome> {
    return new Promise((answer, fail) => {
      this.#queue.push({ request, sinceMs: performance.now(), isAlone: false, answer, fail });
      if (this.#queue.length === 1 && !this.#flushing) setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#queue.length > 0) await this.#commitAll(this.#next());
    this.#flushing = false;
  }

  #next(): readonly Waiting[] {
    const { maxPerCommit = MAX_PER_COMMIT } = this.#parts;
    return this.#queue.splice(0, this.#queue[0]?.isAlone ? 1 : maxPerCommit);
  }

  async #commitAll(waiting: readonly Waiting[]): Promise<void> {
    let isCommitted = false;
    try {
      const committed = await this.#parts.commit(waiting.map(({ request }) => request));
      isCommitted = true;
      await this.#parts.afterCommit(committed);
      const { outcomes } = committed;
      for (const [index, { answer, fail }] of waiting.entries()) {
        const outcome = outcomes[index];
        if (outcome) answer(outcome);
        else fail(new Error(`${outcomes.length} outcomes for ${waiting.length} requests`));
      }
    } catch (error) {
      const isBug = !(error instanceof StoreFailedError);
      if (isBug && !isCommitted && waiting.length > 1) return this.#separate(waiting);
      for (const { fail } of waiting) fail(error);
      if (error instanceof StoreFailedError) this.#failLate(error);
    }
  }

  /** Nothing was written, because of a bug. It may be in one request only, so each gets a commit of its own. */
  #separate(waiting: readonly Waiting[]): void {
    this.#queue.unshift(...waiting.map((one) => ({ ...one, isAlone: true })));
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
  /** It shares its commit with no other request. */
  readonly isAlone: boolean;
  readonly answer: (outcome: AcquireOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** A larger commit gains little, and its first request waits longer. */
const MAX_PER_COMMIT = 128;
/** For a commit that failed. */
const MAX_WAIT_MS = 1_000;
