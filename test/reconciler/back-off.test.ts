import { expect, it } from 'vitest';
import { BackOff } from '../../src/reconciler/back-off.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

const waitMs = (backOff: BackOff, clock: VirtualClock): number =>
  (backOff.until?.until.getTime() ?? 0) - clock.now().getTime();

it('doubles with each refusal in a row, up to five minutes, and starts again after a success', () => {
  const clock = new VirtualClock();
  const backOff = new BackOff(clock, () => 0.999_999);
  expect(backOff.until).toBeNull();
  const waits = Array.from({ length: 10 }, () => {
    backOff.trip('busy');
    return waitMs(backOff, clock) / 1000;
  });
  expect(waits.map(Math.round)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(backOff.until?.reason).toBe('busy');
  backOff.clear();
  expect(backOff.until).toBeNull();
  backOff.trip('busy');
  expect(Math.round(waitMs(backOff, clock) / 1000)).toBe(2);
});

it('ends after its time, even if the wall clock is set', () => {
  const clock = new VirtualClock();
  const backOff = new BackOff(clock, () => 0.5);
  backOff.trip('busy');
  clock.jump(-3_600_000);
  expect(waitMs(backOff, clock)).toBe(1000);
  clock.advanceTo(1000);
  expect(backOff.until).toBeNull();
});
