import { describe, expect, it } from 'vitest';
import { HeadWatch } from '../../src/reconciler/head-watch.ts';
import { fresh, TIP } from './plan-input.ts';

const POLICY = { blockTimeSeconds: 5 };
const seenAt = (block: number) => ({ is: 'fresh', seen: fresh({ block, lag: 5 }) }) as const;

describe('the head of the chain', () => {
  it('is believed for two minutes while it stands still, and no longer', () => {
    const watch = new HeadWatch();
    expect(watch.verify(seenAt(TIP), 1_000, POLICY).is).toBe('fresh');
    expect(watch.verify(seenAt(TIP), 120_999, POLICY).is).toBe('fresh');
    expect(watch.verify(seenAt(TIP), 121_000, POLICY)).toEqual({
      is: 'stale',
      code: 'NODE_BEHIND',
      why: `the head of the chain has been block ${TIP + 5} for 120 s`,
    });
  });

  it('is believed again as soon as it moves, also backwards', () => {
    const watch = new HeadWatch();
    watch.verify(seenAt(TIP), 0, POLICY);
    expect(watch.verify(seenAt(TIP - 1), 900_000, POLICY).is).toBe('fresh');
    expect(watch.verify(seenAt(TIP), 1_800_000, POLICY).is).toBe('fresh');
  });

  it('is not judged by an observation that is stale anyway', () => {
    const watch = new HeadWatch();
    const stale = { is: 'stale', code: 'NODE_UNREACHABLE', why: 'no answer' } as const;
    expect(watch.verify(stale, 900_000, POLICY)).toBe(stale);
  });
});
