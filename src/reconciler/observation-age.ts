import type { Freshness } from '../domain/observation.ts';

/**
 * An observation becomes stale while the run reads and writes: the node, its wallet, its transactions or the price may have
 * changed since, so nothing is decided on it (promise 5). The next run observes again. Pure.
 */
export function ifRecent(freshness: Freshness, ageMs: number): Freshness {
  if (freshness.is === 'stale' || ageMs <= MAX_AGE_TO_PLAN_MS) return freshness;
  return { is: 'stale', code: 'OBSERVATION_OLD', reason: describeAge(ageMs) };
}

export const describeAge = (ageMs: number): string =>
  `${(ageMs / 1000).toFixed(1)} s passed since the node was observed`;

/** As long as the head of a chain with blocks of 5 s may stand still (chain-head.ts): no plan rests on anything older. */
const MAX_AGE_TO_PLAN_MS = 120_000;

/** What was planned in time has another minute until its request leaves, so a slow plan alone abandons no order. */
export const MAX_AGE_TO_SEND_MS = MAX_AGE_TO_PLAN_MS + 60_000;
