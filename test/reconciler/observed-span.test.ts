import { expect, it } from 'vitest';
import type { Freshness } from '../../src/domain/observation.ts';
import { type ObservedSpan, observedBlocks, trackSpan } from '../../src/reconciler/observed-span.ts';
import { fresh } from './plan-input.ts';

const STALE: Freshness = { is: 'stale', code: 'NODE_UNREACHABLE', reason: 'no answer' };

const at = (block: number): Freshness => {
  const seen = fresh();
  return { is: 'fresh', seen: { ...seen, chain: { ...seen.chain, block } } };
};

/** For how many blocks the node has been observed after each of these observations. */
function blocksAfter(...observations: readonly Freshness[]): readonly number[] {
  let span: ObservedSpan | null = null;
  return observations.map((observation) => {
    span = trackSpan(span, observation);
    return observedBlocks(span);
  });
}

it('begins with the first fresh observation, and lasts however rarely the node is read', () => {
  expect(blocksAfter(STALE, at(100), at(101), at(300))).toEqual([0, 0, 1, 200]);
});

it('lasts over observations that are not fresh for up to 24 blocks', () => {
  expect(blocksAfter(at(100), at(110), STALE, STALE, at(134), at(300))).toEqual([0, 10, 10, 10, 34, 200]);
  expect(blocksAfter(at(100), at(110), STALE, at(135), at(136))).toEqual([0, 10, 10, 0, 1]);
});

it('begins anew when the node shows an earlier block', () => {
  expect(blocksAfter(at(100), at(110), at(109), at(110))).toEqual([0, 10, 0, 1]);
});
