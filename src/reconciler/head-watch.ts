import type { Freshness } from '../domain/observation.ts';

/** Many empty slots in a row are unlikely, and nothing is urgent enough to decide on a head that old. */
const MAX_STANDSTILL_BLOCKS = 24;

/** What the head of the chain was, and since when, by monotonic time. */
interface Head {
  readonly tip: number;
  readonly sinceMs: number;
}

/**
 * Notices that the head of the chain does not move while time passes: a cache in front of the node answers, or the chain
 * has halted. Then the lag says nothing, and no number of blocks that something waits for ever passes.
 */
export class HeadWatch {
  #head: Head | null = null;

  /** What may be decided on: nothing while the head stands still (rule 5). */
  verify(
    seen: Freshness,
    nowMs: number,
    { blockTimeSeconds }: { readonly blockTimeSeconds: number },
  ): Freshness {
    if (seen.is === 'stale') return seen;
    const { tip } = seen.seen.chain;
    if (this.#head?.tip !== tip) this.#head = { tip, sinceMs: nowMs };
    const stillSeconds = (nowMs - this.#head.sinceMs) / 1000;
    if (stillSeconds < MAX_STANDSTILL_BLOCKS * blockTimeSeconds) return seen;
    return {
      is: 'stale',
      code: 'NODE_BEHIND',
      why: `the head of the chain has been block ${tip} for ${Math.round(stillSeconds)} s`,
    };
  }
}
