import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { continuedTime, jumpBetween, systemClock } from '../src/clock.ts';

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

describe('the time since boot', () => {
  /** A machine whose time since boot is known in steps of 10 ms. */
  const machine = { wallMs: 1_000_000, bootMs: 5009, awakeMs: 2009, readings: 0 };
  const passes = (ms: number, where: readonly ('wallMs' | 'bootMs' | 'awakeMs')[]): void => {
    for (const clock of where) machine[clock] += ms;
  };
  const now = continuedTime({
    wallMs: () => machine.wallMs,
    awakeMs: () => machine.awakeMs,
    bootMs: () => {
      machine.readings += 1;
      return Math.floor(machine.bootMs / 10) * 10;
    },
  });

  it('is read again after some milliseconds, and never goes back', () => {
    let before = now();
    for (let n = 0; n < 1000; n += 1) {
      passes(1, ['wallMs', 'bootMs', 'awakeMs']);
      expect(now() - before).toBeGreaterThanOrEqual(0);
      before = now();
      expect(machine.bootMs - before).toBeLessThan(10);
    }
    expect(machine.readings).toBeLessThan(100);
  });

  it('is read at once after the machine was suspended', () => {
    now();
    passes(HOUR_MS, ['wallMs', 'bootMs']);
    expect(machine.bootMs - now()).toBeLessThan(10);
  });

  it('does not follow a wall clock that is set', () => {
    now();
    passes(-HOUR_MS, ['wallMs']);
    expect(machine.bootMs - now()).toBeLessThan(10);
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
