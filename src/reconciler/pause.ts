import type { Clock } from '../clock.ts';

/**
 * The pause between two runs of a node, however many are requested. The list of a node has no pages, and a run takes 8 µs of CPU
 * time per stamp in it: without a pause in proportion, the requests of acquisitions would fill the time with runs
 * (docs/performance.md#the-list-of-a-node). A caller that waits for a run gets it earlier.
 */
export class Pause {
  #shorten = new AbortController();

  /** Ends early if the service stops, or a caller waits for the next run. */
  async sleep(ms: number, clock: Pick<Clock, 'sleep'>, stopping: AbortSignal): Promise<void> {
    this.#shorten = new AbortController();
    await clock.sleep(ms, AbortSignal.any([stopping, this.#shorten.signal]));
  }

  /** A caller waits for the next run: the pause that is under way ends. */
  shorten(): void {
    this.#shorten.abort();
  }
}

/** From the start of a run to that of the next one at the earliest, unless a caller waits for it. Pure. */
export const pauseMs = (listed: number): number => Math.max(MIN_PAUSE_MS, listed * PAUSE_PER_LISTED_MS);

/** Also for a caller that waits. */
export const MIN_PAUSE_MS = 200;

/** So that runs take about a sixth of the time: with 100,000 stamps there is a run per block. */
const PAUSE_PER_LISTED_MS = 0.05;
