import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jumpBetween, systemClock } from '../src/clock.ts';

const HOUR_MS = 3_600_000;
const START = { wallMs: 1_000_000, monotonicMs: 5_000, awakeMs: 2_000 };
const later = (passedMs: number, setByMs = 0, sleptMs = 0): typeof START => ({
  wallMs: START.wallMs + passedMs + setByMs,
  monotonicMs: START.monotonicMs + passedMs,
  awakeMs: START.awakeMs + passedMs - sleptMs,
});

describe('a jump of the clock', () => {
  it.each([
    ['time that passes', later(2_000), null],
    ['a clock that is slightly off', later(2_000, 999), null],
    ['a clock set forward by 30 days', later(2_000, 720 * HOUR_MS), { byMs: 720 * HOUR_MS }],
    ['a clock set back', later(2_000, -HOUR_MS), { byMs: -HOUR_MS }],
    ['a machine that was suspended', later(72 * HOUR_MS, 0, 72 * HOUR_MS), { byMs: 0 }],
  ])('is told from its readings: %s', (_what, now, jump) => {
    expect(jumpBetween(START, now)).toEqual(jump);
  });
});

describe('the clock of the machine', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('reports a wall clock that was set, in either direction, until it is stopped', () => {
    const jumps: number[] = [];
    const stop = systemClock.onJump((byMs) => void jumps.push(Math.round(byMs / HOUR_MS)));
    vi.setSystemTime(Date.now() + 720 * HOUR_MS);
    vi.advanceTimersToNextTimer();
    vi.setSystemTime(Date.now() - 24 * HOUR_MS);
    vi.advanceTimersToNextTimer();
    expect(jumps).toEqual([720, -24]);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
