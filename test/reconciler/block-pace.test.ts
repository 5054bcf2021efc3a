import { describe, expect, it } from 'vitest';
import { type Freshness, freshness } from '../../src/domain/observation.ts';
import { NO_BLOCK_PACE, trackBlockPace } from '../../src/reconciler/block-pace.ts';
import { clockJumped } from '../../src/reconciler/clock-jumped.ts';
import { planInput } from './plan-input.ts';

const STALE: Freshness = { is: 'stale', code: 'NODE_UNREACHABLE', reason: 'no answer' };

/** Observes one node again and again. */
function tracked(blockTimeSeconds: number) {
  let pace = NO_BLOCK_PACE;
  return (nowMs: number, observed: Freshness) => {
    const result = trackBlockPace(pace, observed, { nowMs, blockTimeSeconds });
    pace = result.pace;
    return result.incidents;
  };
}

/** A node whose chain has any block time. */
function observedNode(blockTimeSeconds: number) {
  const track = tracked(blockTimeSeconds);
  const at = { seconds: 0, block: 2_000 };
  const codes: string[] = [];
  const observe = (node: Freshness): void => {
    codes.push(...track(at.seconds * 1000, node).map(({ detail }) => detail ?? ''));
  };
  return {
    codes,
    /** Time passes, with an observation every `everySeconds`. */
    pass: (seconds: number, secondsPerBlock: number, everySeconds = 5): void => {
      for (let passed = 0; passed < seconds; passed += everySeconds) {
        at.seconds += everySeconds;
        at.block += everySeconds / secondsPerBlock;
        observe(planInput({}, { block: Math.floor(at.block) }).freshness);
      }
    },
    outage: (seconds: number, secondsPerBlock: number): void => {
      at.seconds += seconds;
      at.block += seconds / secondsPerBlock;
      observe(STALE);
    },
  };
}

describe('the measured block time', () => {
  it('is reported if two measurements in a row differ from the setting', () => {
    const { codes, pass } = observedNode(15);
    pass(200, 5);
    expect(codes).toEqual([]);
    pass(200, 5);
    expect(codes[0]).toBe('5.0 s per block, SWARM_BLOCK_TIME_SECONDS=15.');
  });

  it('is not reported if the second measurement is near both the first one and the setting', () => {
    const { codes, pass } = observedNode(10);
    pass(500, 13.5); // more than 30 % beside the setting
    pass(600, 12.5);
    expect(codes).toEqual([]);
  });

  it('is reported also if the node is observed every fifteen minutes', () => {
    const { codes, pass } = observedNode(15);
    pass(3_600, 5, 900);
    expect(codes.length).toBeGreaterThan(0);
  });

  it.each([5, 900])(
    'does not include a halt of the chain, with an observation every %i s',
    (everySeconds) => {
      const { codes, pass } = observedNode(5);
      pass(900, 5, everySeconds);
      pass(1_800, Infinity, everySeconds);
      pass(7_200, 5, everySeconds);
      expect(codes).toEqual([]);
    },
  );

  it('does not include several halts', () => {
    const { codes, pass } = observedNode(5);
    for (const halt of [300, 900, 1_500]) {
      pass(160, 5);
      pass(halt, Infinity);
    }
    pass(600, 5);
    expect(codes).toEqual([]);
  });

  it('does not include an outage of the node', () => {
    const { codes, pass, outage } = observedNode(5);
    for (let n = 0; n < 5; n++) {
      pass(300, 5);
      outage(7_200, 50);
    }
    pass(300, 5);
    expect(codes).toEqual([]);
  });

  it('is measured over at least 120 s and 30 blocks, and starts again if the head goes back', () => {
    const from = { monotonicMs: 1_000, tip: 5_000 };
    const after = (seconds: number, blocks: number) => {
      const { freshness: shown } = planInput({}, { block: 5_000 + blocks - 5 });
      const nowMs = 1_000 + seconds * 1000;
      const { pace } = trackBlockPace({ stretchFrom: from, suspect: null }, shown, {
        nowMs,
        blockTimeSeconds: 5,
      });
      return { ...pace, isNew: pace.stretchFrom !== from };
    };
    expect(after(120, 30)).toMatchObject({ isNew: true, suspect: null });
    expect(after(119, 30)).toMatchObject({ isNew: false });
    expect(after(400, 29)).toMatchObject({ isNew: false });
    expect(after(194, 30)).toMatchObject({ isNew: true, suspect: null });
    expect(after(196, 30)).toMatchObject({ isNew: true, suspect: 196 / 30 });
    expect(after(1, 0)).toMatchObject({ isNew: false });
    expect(after(1, -1)).toEqual({
      stretchFrom: { monotonicMs: 2_000, tip: 4_999 },
      suspect: null,
      isNew: true,
    });
  });

  it('starts again if the head of the chain goes back', () => {
    const track = tracked(5);
    const at = (seconds: number, block: number) => track(seconds * 1000, freshness(observation(block)));
    const observation = (block: number) => {
      const { freshness: shown } = planInput({}, { block });
      if (shown.is === 'stale') throw new Error(shown.reason);
      return shown.seen;
    };
    expect([at(0, 2_000), at(1_000, 1_000), at(2_000, 1_200), at(3_000, 1_400)]).toEqual([[], [], [], []]);
  });
});

it('reports a wall clock that was set by a minute or more, in either direction', () => {
  expect([59_999, -59_999].map(clockJumped)).toEqual([null, null]);
  expect(clockJumped(-60_000)).toMatchObject({ code: 'CLOCK_JUMPED', detail: 'By -60 s.' });
  expect(clockJumped(86_400_000)).toMatchObject({ detail: 'By 86400 s.' });
});
