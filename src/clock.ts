import { uptime } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time. Tests pass their own. */
export interface Clock {
  now(): Date;
  /** Monotonic time: changes of the wall clock do not affect it, and it continues while the machine is suspended. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `listener` within seconds after the wall clock was set, with the difference, or after the machine was suspended
   * (then with about 0). Returns a function that stops it.
   */
  onJump(listener: (byMs: number) => void): () => void;
}

/** setTimeout fires immediately above 2^31-1 ms. */
const MAX_SLEEP_MS = 2 ** 31 - 1;
const JUMP_CHECK_MS = 2000;
/** Above the resolution of the clocks. */
const MIN_JUMP_MS = 1000;

/** The clocks of the machine at one moment. */
interface Reading {
  readonly wallMs: number;
  /** Continues while the machine is suspended. */
  readonly monotonicMs: number;
  /** Stops while the machine is suspended. */
  readonly awakeMs: number;
}

/** By how much the wall clock was set between two readings; null if it was not set and the machine was not suspended. Pure. */
export function jumpBetween(before: Reading, now: Reading): { readonly byMs: number } | null {
  const passedMs = now.monotonicMs - before.monotonicMs;
  const byMs = now.wallMs - before.wallMs - passedMs;
  const sleptMs = passedMs - (now.awakeMs - before.awakeMs);
  return Math.abs(byMs) >= MIN_JUMP_MS || sleptMs >= MIN_JUMP_MS ? { byMs } : null;
}

/** Time since boot: the monotonic clock of Node stops while the machine is suspended. */
const monotonicMs = (): number => uptime() * 1000;

const read = (): Reading => ({
  wallMs: Date.now(),
  monotonicMs: monotonicMs(),
  awakeMs: performance.now(),
});

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs,
  sleep: (ms, signal) =>
    delay(Math.min(ms, MAX_SLEEP_MS), undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
  onJump: (listener) => {
    let last = read();
    const timer = setInterval(() => {
      const now = read();
      const jump = jumpBetween(last, now);
      last = now;
      if (jump) listener(jump.byMs);
    }, JUMP_CHECK_MS).unref();
    return () => clearInterval(timer);
  },
};
