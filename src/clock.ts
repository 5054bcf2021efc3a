import { setTimeout as delay } from 'node:timers/promises';

/** The one door through which time comes in. A test has its own. */
export interface Clock {
  now(): Date;
  /** Milliseconds on a scale that no change of the wall clock touches. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires at once beyond 2^31-1 ms. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    delay(Math.min(ms, LONGEST_SLEEP_MS), undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
};
