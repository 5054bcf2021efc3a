import { describe, expect, it } from 'vitest';
import type { Freshness } from '../../src/domain/observation.ts';
import { ifRecent, MAX_AGE_TO_SEND_MS } from '../../src/reconciler/observation-age.ts';
import { fresh } from './plan-input.ts';

const FRESH: Freshness = { is: 'fresh', seen: fresh() };

describe('an observation', () => {
  it('is planned on for two minutes, and its plan is sent for one more', () => {
    expect([ifRecent(FRESH, 0), ifRecent(FRESH, 120_000)]).toEqual([FRESH, FRESH]);
    expect(ifRecent(FRESH, 120_001)).toEqual({
      is: 'stale',
      code: 'OBSERVATION_OLD',
      reason: '120.0 s passed since the node was observed',
    });
    expect(MAX_AGE_TO_SEND_MS).toBe(180_000);
  });

  it('that is stale keeps its reason, whatever its age', () => {
    const stale: Freshness = { is: 'stale', code: 'NODE_SYNCING', reason: 'it is syncing' };
    expect([ifRecent(stale, 0), ifRecent(stale, 120_001)]).toEqual([stale, stale]);
  });
});
