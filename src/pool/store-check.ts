import type { Clock } from '../clock.ts';

/** A check writes to the database at most once in this time. */
const MIN_INTERVAL_MS = 5_000;

/**
 * Tests whether an acquisition could be written. A read is not enough: on a full disk reads succeed. The result is kept
 * for five seconds, for all callers in that time.
 */
export class StoreCheck {
  readonly #probe: () => Promise<void>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #onWorks: () => void;
  #hasFailed = false;
  #last: { readonly atMs: number; readonly outcome: Promise<void> } | null = null;

  /** `onWorks` is called after the first write that succeeds after a failed one. */
  constructor(probe: () => Promise<void>, clock: Pick<Clock, 'monotonicMs'>, onWorks: () => void = () => {}) {
    this.#probe = probe;
    this.#clock = clock;
    this.#onWorks = onWorks;
  }

  /** @throws the error of the probe, the same one for all callers that share it. */
  run(): Promise<void> {
    const atMs = this.#clock.monotonicMs();
    if (this.#last === null || atMs - this.#last.atMs >= MIN_INTERVAL_MS)
      this.#last = { atMs, outcome: this.#followed(this.#probe) };
    return this.#last.outcome;
  }

  /** A failed write is a result too, and replaces the one that was kept. */
  async watch<Value>(write: () => Promise<Value>): Promise<Value> {
    try {
      return await this.#followed(write);
    } catch (error) {
      const outcome = Promise.reject(error);
      outcome.catch(() => {}); // no caller may ask for it
      this.#last = { atMs: this.#clock.monotonicMs(), outcome };
      throw error;
    }
  }

  async #followed<Value>(write: () => Promise<Value>): Promise<Value> {
    try {
      const value = await write();
      if (this.#hasFailed) this.#onWorks();
      this.#hasFailed = false;
      return value;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }
}
