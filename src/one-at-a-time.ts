/**
 * Does one piece of work at a time, so that an older result does not come last. Callers that wait share the next one, which
 * begins after their calls.
 */
export class OneAtATime {
  readonly #work: () => Promise<void>;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** @throws what the work throws */
  run(): Promise<void> {
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      const work = this.#work();
      this.#current = work.catch(() => {}); // its callers get the error
      return work;
    });
    return this.#next;
  }

  /** Resolves when the work that has begun has ended. */
  async ended(): Promise<void> {
    await this.#current;
  }
}
