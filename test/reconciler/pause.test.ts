import { expect, it } from 'vitest';
import { MIN_PAUSE_MS, Pause, pauseMs } from '../../src/reconciler/pause.ts';
import { quiet } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

it('is in proportion to the list, and never shorter than 200 ms', () => {
  expect([0, 4_000, 4_020, 100_000].map(pauseMs)).toEqual([200, 200, 201, 5_000]);
});

/** A pause of a second that began with a run at 0, while the time is `nowMs`. */
function aPause(nowMs: number, isAwaited = false) {
  const clock = new VirtualClock();
  clock.advanceTo(nowMs);
  const stopping = new AbortController();
  const pause = new Pause(clock, stopping.signal);
  let isOver = false;
  void pause.until({ startedMs: 0, ms: 1_000, isAwaited: () => isAwaited }).then(() => (isOver = true));
  const isOverAt = async (ms: number): Promise<boolean> => {
    clock.advanceTo(ms);
    await quiet();
    return isOver;
  };
  return { pause, stopping, isOverAt };
}

it('counts from the start of the run', async () => {
  const { isOverAt } = aPause(500);
  expect([await isOverAt(999), await isOverAt(1_000)]).toEqual([false, true]);
  expect(await aPause(1_000).isOverAt(1_000)).toBe(true);
});

it('is short if a caller waits when it begins, or begins to wait', async () => {
  const awaited = aPause(0, true);
  expect([await awaited.isOverAt(MIN_PAUSE_MS - 1), await awaited.isOverAt(MIN_PAUSE_MS)]).toEqual([
    false,
    true,
  ]);
  const early = aPause(0);
  early.pause.shorten();
  expect([await early.isOverAt(MIN_PAUSE_MS - 1), await early.isOverAt(MIN_PAUSE_MS)]).toEqual([false, true]);
  const late = aPause(500);
  late.pause.shorten();
  expect(await late.isOverAt(500)).toBe(true);
});

it.each([0, 500])('ends if the service stops after %i ms', async (nowMs) => {
  const { stopping, isOverAt } = aPause(nowMs);
  stopping.abort();
  expect(await isOverAt(nowMs)).toBe(true);
});
