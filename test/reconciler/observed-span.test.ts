import { expect, it } from 'vitest';
import type { Freshness } from '../../src/domain/observation.ts';
import { absenceCounts, type ObservedSpan, trackSpan } from '../../src/reconciler/observed-span.ts';
import { fresh } from './plan-input.ts';

const STALE: Freshness = { is: 'stale', code: 'NODE_UNREACHABLE', reason: 'no answer' };

const at = (block: number): Freshness => {
  const seen = fresh();
  return { is: 'fresh', seen: { ...seen, chain: { ...seen.chain, block } } };
};

/** Whether what the node does not show counts after each of these observations. */
function countsAfter(...observations: readonly Freshness[]): readonly boolean[] {
  let span: ObservedSpan | null = null;
  return observations.map((observation) => {
    span = trackSpan(span, observation);
    return absenceCounts(span);
  });
}

it('begins with the first fresh observation, and lasts however rarely the node is read', () => {
  expect(countsAfter(STALE, at(100), at(109), at(110))).toEqual([false, false, false, true]);
  expect(countsAfter(at(100), at(300))).toEqual([false, true]);
});

it('lasts over observations that are not fresh for up to 24 blocks', () => {
  expect(countsAfter(at(100), at(110), STALE, STALE, at(134))).toEqual([false, true, true, true, true]);
  expect(countsAfter(at(110), STALE, at(135), at(144), at(145))).toEqual([false, false, false, false, true]);
});

it('begins anew when the node shows an earlier block', () => {
  expect(countsAfter(at(100), at(110), at(109), at(118), at(119))).toEqual([false, true, false, false, true]);
});
