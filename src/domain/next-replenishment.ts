import type { Spending } from './maintenance-run.ts';
import type { DepthLevel } from './reserve.ts';
import { type Plur, plur } from './units.ts';

/**
 * The cost of all that the pool lacks, by what the runs of its nodes have computed, the newest first; null while none has.
 * What no node can buy at the moment is counted by the run of each, so for several nodes it is computed from the levels,
 * without top-ups. Pure.
 */
export function nextReplenishment(
  [newest, ...others]: readonly Spending[],
  depths: readonly Pick<DepthLevel, 'depth' | 'target' | 'available' | 'onOrder'>[],
): Plur | null {
  if (newest === undefined) return null;
  if (others.length === 0) return newest.nextReplenishment;
  const chunksOf = (count: (level: (typeof depths)[number]) => number): bigint =>
    depths.reduce((sum, level) => sum + (BigInt(count(level)) << BigInt(level.depth)), 0n);
  const wanted = chunksOf(({ target }) => target);
  if (wanted === 0n) return plur(0n);
  const missing = chunksOf(({ target, available, onOrder }) => Math.max(0, target - available - onOrder));
  return plur((newest.fullReserve * missing) / wanted);
}
