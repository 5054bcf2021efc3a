import type { Clock } from '../clock.ts';

/**
 * The pause between two runs of a node, however many are requested. The list of a node has no pages, and a run takes 8 µs of CPU
 * time per stamp in it: without a pause in proportion, the requests of acquisitions would fill the time with runs
 * (docs/performance.md#the-list-of-a-node). A caller that waits for a run gets it earlier.
 */
export class Pause {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly #stopping: AbortSignal;
  #shorten = new AbortController();

  constructor(clock: Pick<Clock, 'monotonicMs' | 'sleep'>, stopping: AbortSignal) {
    this.#clock = clock;
    this.#stopping = stopping;
  }

  /** A caller waits for the next run: the pause that is under way ends early. */
  shorten(): void {
    this.#shorten.abort();
  }

  /** Resolves `ms` after `startedMs`, in monotonic time, or as soon as a run may start for a caller that waits for it. */
  async until({ startedMs, ms, isAwaited }: PauseTimes): Promise<void> {
    this.#shorten = new AbortController();
    const isShort = AbortSignal.any([this.#stopping, this.#shorten.signal]);
    await this.#sleepUntil(startedMs + MIN_PAUSE_MS, this.#stopping);
    if (!isAwaited()) await this.#sleepUntil(startedMs + ms, isShort);
  }

  async #sleepUntil(atMs: number, signal: AbortSignal): Promise<void> {
    const ms = atMs - this.#clock.monotonicMs();
    if (ms > 0) await this.#clock.sleep(ms, signal);
  }
}

interface PauseTimes {
  /** When the last run started. */
  readonly startedMs: number;
  readonly ms: number;
  /** Whether a caller waits for the next run. */
  readonly isAwaited: () => boolean;
}

/** From the start of a run to that of the next one at the earliest, unless a caller waits for it. Pure. */
export const pauseMs = (listed: number): number => Math.max(MIN_PAUSE_MS, listed * PAUSE_PER_LISTED_MS);

/** Also for a caller that waits. */
export const MIN_PAUSE_MS = 200;

/** So that runs take about a sixth of the time: with 100,000 stamps there is a run per block. */
const PAUSE_PER_LISTED_MS = 0.05;
