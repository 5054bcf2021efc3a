import { expect, it } from 'vitest';
import { type Freshness, freshness } from '../../src/domain/observation.ts';
import type { LiveStamp } from '../../src/domain/stamp.ts';
import { NO_HISTORY } from '../../src/reconciler/assess.ts';
import { watchStamps } from '../../src/reconciler/watch-stamps.ts';
import { aPropagatingStamp, aStamp } from '../builders.ts';
import { withMembers } from '../store/with-members.ts';
import { aNode } from './a-node.ts';
import { anObservation, SYNCED } from './plan-input.ts';

const FRESH = freshness(anObservation());
const STALE: Freshness = { is: 'stale', code: 'NODE_UNREACHABLE', reason: '' };
const missing = (n: number, ttlHours: number): LiveStamp =>
  aStamp({ n, ttlHours, missingSinceBlock: SYNCED - 120, withheld: 'lost' });

/** What a run finds out about these stamps, which a store has. */
async function watched(stamps: readonly LiveStamp[], seen: Freshness = FRESH, observedBlocks = 10) {
  await using node = await aNode([]);
  const store = withMembers(node.parts.store, {
    watchedStamps: async (_node, { after, limit }) => {
      const from = after === null ? 0 : 1 + stamps.findIndex(({ batchId }) => batchId === after);
      return stamps.slice(from, from + limit);
    },
  });
  const span = { sinceBlock: SYNCED - observedBlocks, lastBlock: SYNCED, isInterrupted: false };
  const history = { current: { ...NO_HISTORY, span } };
  return await watchStamps({ ...node.parts, store, history }, { freshness: seen, dryRun: false });
}

it('a run finds the stamps that are over and not shown, a thousand at most, if the node was observed', async () => {
  const [over, living] = [missing(1, -1), missing(2, 1)];
  expect((await watched([over, living])).expired).toEqual([over]);
  expect((await watched([over, living], STALE)).expired).toEqual([]);
  expect((await watched([over, living], FRESH, 9)).expired).toEqual([]);
  const propagating = [-1, 1, undefined].map((ttlHours, n) =>
    aPropagatingStamp({ n: n + 3, missingSinceBlock: SYNCED - 120, ...(ttlHours && { ttlHours }) }),
  );
  expect((await watched(propagating)).expired).toEqual(propagating.slice(0, 1));
  const many = Array.from({ length: 1_250 }, (_, n) => missing(n + 1, n % 9 === 0 ? 1 : -1));
  const { expired } = await watched(many);
  expect([expired.length, new Set(expired).size]).toEqual([1_000, 1_000]);
});

it('a run finds a stamp that may change soon in any part of a large stock', async () => {
  const lost = Array.from({ length: 250 }, (_, n) => missing(n + 1, 1));
  expect((await watched(lost)).isStampUnderWay).toBe(false);
  for (const place of [0, 120, 249]) {
    const stamps = lost.with(place, aPropagatingStamp({ n: 999 }));
    expect((await watched(stamps, STALE)).isStampUnderWay).toBe(true);
  }
});
