import { DAY_SECONDS } from './durations.ts';
import type { Plur } from './units.ts';

/** The number of days whose spending the runway is computed from. */
export const PACE_DAYS = 7;

/** How long the BZZ lasts if the last days cost so much; null if they cost nothing. */
export const runwaySeconds = (bzz: Plur, spentInPace: Plur): number | null =>
  spentInPace === 0n ? null : Number((bzz * BigInt(PACE_DAYS * DAY_SECONDS)) / spentInPace);

/** The same in days, to one decimal. */
export const runwayDays = (bzz: Plur, spentInPace: Plur): number | null => {
  const seconds = runwaySeconds(bzz, spentInPace);
  return seconds === null ? null : Math.floor((seconds * 10) / DAY_SECONDS) / 10;
};
