import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly ring: () => void;
}

/** A clock that moves only by a call. The wall clock may jump, monotonic time does not. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #timers: Timer[] = [];
  #count = 0;
  readonly #jumpListeners = new Set<(byMs: number) => void>();

  constructor(start = new Date('2026-06-01T00:00:00Z')) {
    this.#wallOffsetMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#wallOffsetMs + this.#monotonicMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const ring = (): void => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
      const timer = { atMs: this.#monotonicMs + Math.max(0, ms), order: this.#count++, ring };
      const cancel = (): void => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#timers.push(timer);
    });
  }

  /** When the next sleep ends, in monotonic time; Infinity if there is none. */
  get nextWakeMs(): number {
    return this.#timers.reduce((soonest, { atMs }) => Math.min(soonest, atMs), Infinity);
  }

  /** Moves forward, and ends the sleeps that are due, in order. */
  advanceTo(ms: number): void {
    this.#monotonicMs = Math.max(this.#monotonicMs, ms);
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#monotonicMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.#monotonicMs);
    for (const { ring } of due.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)) ring();
  }

  /** The process is dead: none of its sleeps ends. */
  forgetSleepers(): void {
    this.#timers = [];
    this.#jumpListeners.clear();
  }

  /** Sets the wall clock. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
    for (const listener of this.#jumpListeners) listener(ms);
  }

  onJump(listener: (byMs: number) => void): () => void {
    this.#jumpListeners.add(listener);
    return () => void this.#jumpListeners.delete(listener);
  }
}
