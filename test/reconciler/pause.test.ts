import { expect, it } from 'vitest';
import { Pause, pauseMs } from '../../src/reconciler/pause.ts';
import { quiet } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

it('is in proportion to the list, and never shorter than 200 ms', () => {
  expect([0, 4_000, 4_020, 100_000].map(pauseMs)).toEqual([200, 200, 201, 5_000]);
});

function aPause() {
  const clock = new VirtualClock();
  const stopping = new AbortController();
  const pause = new Pause();
  let isOver = false;
  void pause.sleep(1_000, clock, stopping.signal).then(() => (isOver = true));
  const isOverAt = async (ms: number): Promise<boolean> => {
    clock.advanceTo(ms);
    await quiet();
    return isOver;
  };
  return { pause, stopping, isOverAt };
}

it('ends after its time', async () => {
  const { isOverAt } = aPause();
  expect([await isOverAt(999), await isOverAt(1_000)]).toEqual([false, true]);
});

it('ends early if a caller waits for a run, or the service stops', async () => {
  const [awaited, stopped] = [aPause(), aPause()];
  awaited.pause.shorten();
  stopped.stopping.abort();
  expect([await awaited.isOverAt(0), await stopped.isOverAt(0)]).toEqual([true, true]);
});
