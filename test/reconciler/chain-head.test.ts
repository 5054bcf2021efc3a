import { describe, expect, it } from 'vitest';
import type { Freshness } from '../../src/domain/observation.ts';
import { checkHead } from '../../src/reconciler/chain-head.ts';
import { fresh, TIP } from './plan-input.ts';

const seenAt = (block: number) => ({ is: 'fresh', seen: fresh({ block, lag: 5 }) }) as const;

/** What observations at these times, in milliseconds, are worth, one after the other. */
const checked = (...observations: readonly (readonly [Freshness, number])[]): readonly Freshness[] => {
  let head: ReturnType<typeof checkHead>['head'] = null;
  return observations.map(([observation, nowMs]) => {
    const result = checkHead(observation, { head, nowMs, blockTimeSeconds: 5 });
    head = result.head;
    return result.freshness;
  });
};

describe('the head of the chain', () => {
  it('may stand still for less than two minutes', () => {
    const results = checked([seenAt(TIP), 1_000], [seenAt(TIP), 120_999], [seenAt(TIP), 121_000]);
    expect(results.slice(0, 2).map(({ is }) => is)).toEqual(['fresh', 'fresh']);
    expect(results[2]).toEqual({
      is: 'stale',
      code: 'NODE_BEHIND',
      reason: `the head of the chain has been block ${TIP + 5} for 120 s`,
    });
  });

  it('counts again as soon as it moves, even backwards', () => {
    const results = checked([seenAt(TIP), 0], [seenAt(TIP - 1), 900_000], [seenAt(TIP), 1_800_000]);
    expect(results.map(({ is }) => is)).toEqual(['fresh', 'fresh', 'fresh']);
  });

  it('is not checked in a stale observation', () => {
    const stale = { is: 'stale', code: 'NODE_UNREACHABLE', reason: 'no answer' } as const;
    expect(checked([stale, 900_000])).toEqual([stale]);
  });
});
