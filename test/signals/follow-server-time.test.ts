import { expect, it, onTestFinished } from 'vitest';
import { followServerTime } from '../../src/signals/follow-server-time.ts';
import { T0 } from '../builders.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

it('reads the time of the server in each interval, also after a failure, until it is disposed', async () => {
  const clock = new VirtualClock();
  const events: unknown[] = [];
  const answers = [T0, new Error('away'), null, T0];
  const following = followServerTime({
    serverTime: async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? null;
    },
    expiryClock: {
      followServer: async (_time, beganMs) => {
        events.push(`read at ${beganMs}`);
        return beganMs > 5_000;
      },
    },
    clock,
    everyMs: 5_000,
    onMoved: async () => void events.push('moved'),
    onError: (error) => void events.push(error),
  });
  onTestFinished(() => following[Symbol.asyncDispose]());
  for (let ms = 2_500; ms <= 20_000; ms += 2_500) {
    clock.advanceTo(ms);
    await new Promise(setImmediate);
  }
  expect(events).toEqual(['read at 5000', new Error('away'), 'read at 20000', 'moved']);
  await following[Symbol.asyncDispose]();
  expect(clock.nextWakeMs).toBe(Infinity);
});
