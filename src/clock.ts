import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time. Tests pass their own. */
export interface Clock {
  now(): Date;
  /** Monotonic time: changes of the wall clock do not affect it. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** setTimeout fires immediately above 2^31-1 ms. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    delay(Math.min(ms, MAX_SLEEP_MS), undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
};
