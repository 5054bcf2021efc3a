import { OutcomeUnknownError, StoreFailedError } from '../store.ts';

/**
 * The result of work on the database, if it is there within the time. Afterwards the work commits nothing more; a commit that
 * was under way may have happened.
 * @throws StoreFailedError
 */
export async function within<Result>(
  timeoutMs: number,
  work: (limit: TimeLimit) => Promise<Result>,
): Promise<Result> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const limit = new TimeLimit();
  const timer = setTimeout(
    () => reject(limit.end(`the database has not answered for ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    return await Promise.race([work(limit), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of a transaction, in all its runs. */
export class TimeLimit {
  #over: string | null = null;
  #isCommitting = false;

  /** Before each run. @throws StoreFailedError */
  begin(): void {
    this.#isCommitting = false;
    this.#assertInTime();
  }

  /** Right before the commit is sent. @throws StoreFailedError */
  beforeCommit(): void {
    this.#assertInTime();
    this.#isCommitting = true;
  }

  /** Ends the time. Returns what that means for the caller. */
  end(reason: string): StoreFailedError {
    this.#over = reason;
    return this.#isCommitting ? new OutcomeUnknownError(reason) : new StoreFailedError(reason);
  }

  #assertInTime(): void {
    if (this.#over !== null) throw new StoreFailedError(this.#over);
  }
}
