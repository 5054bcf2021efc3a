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
/** How long a reading of the time since boot is continued. */
const MAX_CONTINUED_MS = 20;

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

/** Reads the clocks of the machine, each by itself. */
interface Clocks {
  readonly wallMs: () => number;
  /** Time since boot: the monotonic clock of Node stops while the machine is suspended. */
  readonly bootMs: () => number;
  readonly awakeMs: () => number;
}

const CLOCKS: Clocks = {
  wallMs: () => Date.now(),
  bootMs: () => uptime() * 1000,
  awakeMs: () => performance.now(),
};

const read = ({ wallMs, bootMs, awakeMs }: Clocks): Reading => ({
  wallMs: wallMs(),
  monotonicMs: bootMs(),
  awakeMs: awakeMs(),
});

/**
 * The time since boot, which never goes back. Linux reads a file for it, which takes 5 to 15 us, so a reading is continued by
 * Node's clock for some milliseconds, unless the wall clock shows that the machine was suspended.
 */
export function continuedTime(clocks: Clocks): () => number {
  let last = read(clocks);
  return () => {
    const passedMs = clocks.awakeMs() - last.awakeMs;
    const wallDriftMs = clocks.wallMs() - last.wallMs - passedMs;
    const continuedMs = last.monotonicMs + passedMs;
    if (passedMs < MAX_CONTINUED_MS && Math.abs(wallDriftMs) < MAX_CONTINUED_MS) return continuedMs;
    const reading = read(clocks);
    // A reading is cut to 10 ms, and may be a little earlier than what was returned before.
    last = { ...reading, monotonicMs: Math.max(reading.monotonicMs, continuedMs) };
    return last.monotonicMs;
  };
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: continuedTime(CLOCKS),
  sleep: (ms, signal) =>
    delay(Math.min(ms, MAX_SLEEP_MS), undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
  onJump: (listener) => {
    let last = read(CLOCKS);
    const timer = setInterval(() => {
      const now = read(CLOCKS);
      const jump = jumpBetween(last, now);
      last = now;
      if (jump) listener(jump.byMs);
    }, JUMP_CHECK_MS).unref();
    return () => clearInterval(timer);
  },
};
