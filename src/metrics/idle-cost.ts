import { DAY_SECONDS } from '../domain/durations.ts';
import type { DepthLevel } from '../domain/reserve.ts';
import { type Plur, plur } from '../domain/units.ts';

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
