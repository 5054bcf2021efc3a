import type { Freshness } from '../domain/observation.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/** What `trackBlockPace` keeps between observations. */
export interface BlockPace {
  /** The start of the current stretch of fresh observations; null before the first. */
  readonly stretchFrom: Mark | null;
  /** Seconds per block in the last measured stretch, if they did not match the setting. */
  readonly suspect: number | null;
}

export const NO_BLOCK_PACE: BlockPace = { stretchFrom: null, suspect: null };

/** Long enough to even out an estimated head of the chain and the steps between blocks. */
const MIN_SECONDS = 120;
const MIN_BLOCKS = 30;
/** How far the measured block time may be from the setting. */
const TOLERANCE = 0.3;
/** How far two measurements may be from each other. */
const AGREEMENT = 0.15;

/**
 * Compares the measured block time with SWARM_BLOCK_TIME_SECONDS. A halt of the chain or an outage of the node's RPC must
 * not count: it measures only stretches in which every observation was fresh, and reports when two in a row agree. Pure.
 */
export function trackBlockPace(
  pace: BlockPace,
  freshness: Freshness,
  { nowMs, blockTimeSeconds }: { readonly nowMs: number; readonly blockTimeSeconds: number },
): { readonly pace: BlockPace; readonly incidents: readonly IncidentReport[] } {
  const { stretchFrom, suspect } = pace;
  if (freshness.is === 'stale') return { pace: { stretchFrom: null, suspect }, incidents: [] };
  const mark = { monotonicMs: nowMs, tip: freshness.seen.chain.tip };
  if (stretchFrom === null || mark.tip < stretchFrom.tip)
    return { pace: { stretchFrom: mark, suspect }, incidents: [] };
  const seconds = (mark.monotonicMs - stretchFrom.monotonicMs) / 1000;
  const blocks = mark.tip - stretchFrom.tip;
  if (seconds < MIN_SECONDS || blocks < MIN_BLOCKS) return { pace, incidents: [] };
  const measured = seconds / blocks;
  const matches = isWithin(TOLERANCE, measured, blockTimeSeconds);
  const isConfirmed = !matches && suspect !== null && isWithin(AGREEMENT, measured, suspect);
  const detail = `${measured.toFixed(1)} s per block, SWARM_BLOCK_TIME_SECONDS=${blockTimeSeconds}.`;
  return {
    pace: { stretchFrom: mark, suspect: matches ? null : measured },
    incidents: isConfirmed ? [{ code: 'BLOCK_TIME_MISMATCH', subject: 'chain', detail }] : [],
  };
}

/** A head of the chain, and when it was observed, in monotonic time. */
interface Mark {
  readonly monotonicMs: number;
  readonly tip: number;
}

const isWithin = (tolerance: number, measured: number, expected: number): boolean =>
  Math.abs(measured / expected - 1) <= tolerance;
