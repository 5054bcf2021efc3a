import type { Plur } from './units.ts';

/** The runway is computed from the spending of so many days. */
export const PACE_DAYS = 7;

/** How many days the BZZ lasts, to one decimal, if the last days cost so much; null if they cost nothing. */
export const runwayDays = (bzz: Plur, spentInPace: Plur): number | null =>
  spentInPace === 0n ? null : Number((bzz * BigInt(PACE_DAYS) * 10n) / spentInPace) / 10;
