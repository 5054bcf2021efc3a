/**
 * How long after the start of a run the next one starts at the earliest, however many are requested. The list of a node has no
 * pages, and a run takes 8 µs of CPU time per stamp in it: without a pause in proportion, the requests of acquisitions would fill
 * the time with runs (docs/performance.md#the-list-of-a-node). A caller that waits for a run gets it earlier. Pure.
 */
export const pauseMs = (listed: number): number => Math.max(MIN_PAUSE_MS, listed * PAUSE_PER_LISTED_MS);

/** Also for a caller that waits. */
export const MIN_PAUSE_MS = 200;

/** So that runs take about a sixth of the time: with 100,000 stamps there is a run per block. */
const PAUSE_PER_LISTED_MS = 0.05;
