import { depth } from '../../src/domain/units.ts';

const HOUR_SECONDS = 3600;

/** A policy whose stamp is due for a top-up after an hour, and not again for two days. */
export const ONE_SHORT_LIVED = {
  targets: new Map([[depth(17), 1]]),
  defaultDurationSeconds: 26 * HOUR_SECONDS,
  minTtlSeconds: 26 * HOUR_SECONDS,
  topUpSeconds: 48 * HOUR_SECONDS,
};
