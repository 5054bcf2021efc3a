import { describe, expect, it } from 'vitest';
import { type Freshness, freshness } from '../../src/domain/observation.ts';
import { BlockPaceMonitor, clockJumped } from '../../src/reconciler/clock-monitor.ts';
import { known } from './plan-input.ts';

const STALE: Freshness = { is: 'stale', code: 'NODE_UNREACHABLE', why: 'no answer' };

/** Observations of a node, whose chain goes on at any pace. */
function watched(blockTimeSeconds: number) {
  const monitor = new BlockPaceMonitor(blockTimeSeconds);
  const at = { seconds: 0, block: 2_000 };
  const codes: string[] = [];
  const observe = (node: Freshness): void => {
    codes.push(...monitor.observed(at.seconds * 1000, node).map(({ detail }) => detail ?? ''));
  };
  return {
    codes,
    /** So much passes, looked at each `everySeconds`. */
    pass: (seconds: number, secondsPerBlock: number, everySeconds = 5): void => {
      for (let passed = 0; passed < seconds; passed += everySeconds) {
        at.seconds += everySeconds;
        at.block += everySeconds / secondsPerBlock;
        observe(known({}, { block: Math.floor(at.block) }).node);
      }
    },
    outage: (seconds: number, secondsPerBlock: number): void => {
      at.seconds += seconds;
      at.block += seconds / secondsPerBlock;
      observe(STALE);
    },
  };
}

describe('the pace of blocks', () => {
  it('is reported when it is not the setting, from the second measurement on', () => {
    const { codes, pass } = watched(15);
    pass(200, 5);
    expect(codes).toEqual([]);
    pass(200, 5);
    expect(codes[0]).toBe('5.0 s per block, SWARM_BLOCK_TIME_SECONDS=15.');
  });

  it('is reported also when the node is looked at every fifteen minutes', () => {
    const { codes, pass } = watched(15);
    pass(3_600, 5, 900);
    expect(codes.length).toBeGreaterThan(0);
  });

  it.each([5, 900])('is not judged by a halt of the chain, looked at every %i s', (everySeconds) => {
    const { codes, pass } = watched(5);
    pass(900, 5, everySeconds);
    pass(1_800, Infinity, everySeconds);
    pass(7_200, 5, everySeconds);
    expect(codes).toEqual([]);
  });

  it('is not judged by halts that come one after the other', () => {
    const { codes, pass } = watched(5);
    for (const halt of [300, 900, 1_500]) {
      pass(160, 5);
      pass(halt, Infinity);
    }
    pass(600, 5);
    expect(codes).toEqual([]);
  });

  it('is not judged over an outage, though the chain went on at another pace meanwhile', () => {
    const { codes, pass, outage } = watched(5);
    for (let n = 0; n < 5; n++) {
      pass(300, 5);
      outage(7_200, 50);
    }
    pass(300, 5);
    expect(codes).toEqual([]);
  });

  it('begins anew when the head of the chain goes back', () => {
    const monitor = new BlockPaceMonitor(5);
    const at = (seconds: number, block: number) =>
      monitor.observed(seconds * 1000, freshness(observation(block)));
    const observation = (block: number) => {
      const { node } = known({}, { block });
      if (node.is === 'stale') throw new Error(node.why);
      return node.seen;
    };
    expect([at(0, 2_000), at(1_000, 1_000), at(2_000, 1_200), at(3_000, 1_400)]).toEqual([[], [], [], []]);
  });
});

it('calls it a jump when the clock was set by a minute or more, either way', () => {
  expect([59_999, -59_999].map(clockJumped)).toEqual([null, null]);
  expect(clockJumped(-60_000)).toMatchObject({ code: 'CLOCK_JUMPED', detail: 'By -60 s.' });
  expect(clockJumped(86_400_000)).toMatchObject({ detail: 'By 86400 s.' });
});
