import { DAY_SECONDS } from '../domain/durations.ts';
import type { DepthLevel } from '../domain/reserve.ts';
import { type Plur, plur } from '../domain/units.ts';

/** How long the BZZ lasts at the pace of the last week; null if unknown, or if nothing was spent. Pure. */
export function runwaySeconds(bzz: Plur | undefined, spentLastWeek: Plur | undefined): number | null {
  if (bzz === undefined || spentLastWeek === undefined || spentLastWeek === 0n) return null;
  const seconds = Number((bzz * BigInt(WEEK_SECONDS)) / spentLastWeek);
  return Number.isFinite(seconds) ? seconds : null;
}

/** The rent of all stamps that can be acquired, for one day at this price. Pure. */
export const idleCostPerDay = (
  depths: readonly Pick<DepthLevel, 'depth' | 'available'>[],
  { price, blockTimeSeconds }: { readonly price: Plur; readonly blockTimeSeconds: number },
): Plur => {
  const amount = price * BigInt(Math.round(DAY_SECONDS / blockTimeSeconds));
  return plur(
    depths.reduce((sum, { depth, available }) => sum + BigInt(available) * (amount << BigInt(depth)), 0n),
  );
};

const WEEK_SECONDS = 7 * DAY_SECONDS;
