import { expect, it } from 'vitest';
import { Alarm } from '../src/alarm.ts';
import { quiet } from './virtual/in-process.ts';
import { VirtualClock } from './virtual/virtual-clock.ts';

function anAlarm() {
  const clock = new VirtualClock();
  const alarm = new Alarm(clock);
  let isAwake = false;
  const sleep = (): void => {
    isAwake = false;
    void alarm.sleep(1_000).then(() => (isAwake = true));
  };
  const isAwakeAt = async (ms: number): Promise<boolean> => {
    clock.advanceTo(ms);
    await quiet();
    return isAwake;
  };
  return { alarm, sleep, isAwakeAt };
}

it('a sleep ends after its time', async () => {
  const { sleep, isAwakeAt } = anAlarm();
  sleep();
  expect([await isAwakeAt(999), await isAwakeAt(1_000)]).toEqual([false, true]);
});

it('a sleep ends when the alarm rings, and at once if it has rung since it was reset', async () => {
  const { alarm, sleep, isAwakeAt } = anAlarm();
  sleep();
  alarm.ring();
  expect(await isAwakeAt(1)).toBe(true);
  sleep();
  expect(await isAwakeAt(2)).toBe(true);
  alarm.reset();
  sleep();
  expect([await isAwakeAt(1_001), await isAwakeAt(1_002)]).toEqual([false, true]);
});
