import type { Clock } from '../clock.ts';

/** How long the node is not asked to spend after it refused: longer with each refusal in a row. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: () => number;
  #refusals = 0;
  /** In monotonic time: if the wall clock is set back, a date would become a wait of hours. */
  #current: { readonly untilMs: number; readonly reason: string } | null = null;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The node refused a request. */
  trip(reason: string): void {
    this.#refusals += 1;
    const untilMs = this.#clock.monotonicMs() + backOffMs(this.#refusals, this.#random());
    this.#current = { untilMs, reason };
  }

  /** The node accepted a request. */
  clear(): void {
    this.#refusals = 0;
    this.#current = null;
  }

  /** When the wait ends, and its cause; null if there is none. */
  get until(): { readonly until: Date; readonly reason: string } | null {
    const leftMs = this.#current === null ? 0 : this.#current.untilMs - this.#clock.monotonicMs();
    if (this.#current === null || leftMs <= 0) return null;
    return { until: new Date(this.#clock.now().getTime() + leftMs), reason: this.#current.reason };
  }
}

/** The ceiling after the first failure; each further one doubles it. */
const FIRST_BACK_OFF_MS = 2000;
const MAX_BACK_OFF_MS = 5 * 60_000;
const MIN_BACK_OFF_MS = 500;

/** Exponential with full jitter. `jitter` is from 0 to 1; `failures` counts from 1. */
export function backOffMs(failures: number, jitter: number): number {
  const ceiling = Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(MIN_BACK_OFF_MS, Math.round(ceiling * jitter));
}
