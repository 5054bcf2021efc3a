import type { Clock } from '../../src/clock.ts';

/** Its time moves only by `pass`. */
export class ManualClock implements Clock {
  #ms = Date.UTC(2026, 0, 1);
  readonly #sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  now(): Date {
    return new Date(this.#ms);
  }

  /** How many sleeps have neither ended nor been aborted. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      const sleeper = { atMs: this.#ms + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        wake();
      });
    });
  }

  onJump(): () => void {
    return () => {};
  }

  pass(ms: number): void {
    this.#ms += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atMs > this.#ms) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
