import type { Freshness } from '../domain/observation.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/** From here on an operator hears of a wall clock that was set. */
const JUMP_MS = 60_000;
/** Long enough that an estimated head of the chain and the grid of blocks do not matter. */
const MIN_SECONDS = 120;
const MIN_BLOCKS = 30;
/** How far the pace may be from the setting. */
const TOLERANCE = 0.3;
/** How far two measurements of one pace may be from each other. */
const AGREEMENT = 0.15;

/** The wall clock was set by so much. Pure. */
export const clockJumped = (byMs: number): IncidentReport | null =>
  Math.abs(byMs) < JUMP_MS
    ? null
    : { code: 'CLOCK_JUMPED', subject: 'clock', detail: `By ${Math.round(byMs / 1000)} s.` };

interface Mark {
  readonly monotonicMs: number;
  readonly tip: number;
}

/**
 * Compares the pace of blocks with SWARM_BLOCK_TIME_SECONDS. A halt of the chain or an outage of the node's RPC is no
 * pace: only stretches count in which the node was fresh all along, and only when two in a row agree.
 */
export class BlockPaceMonitor {
  readonly #blockTimeSeconds: number;
  #stretchFrom: Mark | null = null;
  /** Seconds per block over the last stretch, when they did not fit the setting. */
  #suspect: number | null = null;

  constructor(blockTimeSeconds: number) {
    this.#blockTimeSeconds = blockTimeSeconds;
  }

  /** One observation, in the order in which they are made. */
  observed(monotonicMs: number, node: Freshness): readonly IncidentReport[] {
    if (node.is === 'stale') {
      this.#stretchFrom = null;
      return [];
    }
    const mark = { monotonicMs, tip: node.seen.chain.tip };
    const from = this.#stretchFrom;
    if (from === null || mark.tip < from.tip) {
      this.#stretchFrom = mark;
      return [];
    }
    const seconds = (mark.monotonicMs - from.monotonicMs) / 1000;
    const blocks = mark.tip - from.tip;
    if (seconds < MIN_SECONDS || blocks < MIN_BLOCKS) return [];
    this.#stretchFrom = mark;
    return this.#judge(seconds / blocks);
  }

  #judge(secondsPerBlock: number): readonly IncidentReport[] {
    const before = this.#suspect;
    const fits = isWithin(TOLERANCE, secondsPerBlock, this.#blockTimeSeconds);
    this.#suspect = fits ? null : secondsPerBlock;
    if (fits || before === null || !isWithin(AGREEMENT, secondsPerBlock, before)) return [];
    const detail = `${secondsPerBlock.toFixed(1)} s per block, SWARM_BLOCK_TIME_SECONDS=${this.#blockTimeSeconds}.`;
    return [{ code: 'BLOCK_TIME_MISMATCH', subject: 'chain', detail }];
  }
}

const isWithin = (tolerance: number, measured: number, expected: number): boolean =>
  Math.abs(measured / expected - 1) <= tolerance;
