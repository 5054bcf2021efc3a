import type { Clock } from '../clock.ts';

/** However many ask, the database is written to for a check no more often than this. */
const MIN_INTERVAL_MS = 5_000;

/**
 * Whether an acquisition could be written down. A read does not show it: on a full disk reads succeed. The outcome is
 * kept for five seconds, for all who ask meanwhile.
 */
export class StoreCheck {
  readonly #probe: () => Promise<void>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #last: { readonly atMs: number; readonly outcome: Promise<void> } | null = null;

  constructor(probe: () => Promise<void>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#probe = probe;
    this.#clock = clock;
  }

  /** @throws what the probe threw, the same error to all who share the outcome. */
  run(): Promise<void> {
    const atMs = this.#clock.monotonicMs();
    if (this.#last === null || atMs - this.#last.atMs >= MIN_INTERVAL_MS)
      this.#last = { atMs, outcome: this.#probe() };
    return this.#last.outcome;
  }

  /** A write that failed is an outcome, too: it replaces one that was kept. */
  async watch<Value>(write: () => Promise<Value>): Promise<Value> {
    try {
      return await write();
    } catch (error) {
      const outcome = Promise.reject(error);
      outcome.catch(() => {}); // it may be that nobody asks
      this.#last = { atMs: this.#clock.monotonicMs(), outcome };
      throw error;
    }
  }
}
