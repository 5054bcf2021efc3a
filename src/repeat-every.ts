import type { Clock } from './clock.ts';

/** Does this work again and again, with a pause before each time, until it is disposed. The work must not reject. */
export function repeatEvery(
  pauseMs: number,
  clock: Pick<Clock, 'sleep'>,
  work: () => Promise<void>,
): AsyncDisposable {
  const stop = new AbortController();
  const repeat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(pauseMs, stop.signal);
      if (stop.signal.aborted) return;
      await work();
    }
  };
  const repeating = repeat();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await repeating;
    },
  };
}
