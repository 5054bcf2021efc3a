import type { Clock } from '../../src/clock.ts';

/** The clock of a virtual machine: its time since boot stops while the machine is paused. Its wall clock is right afterwards. */
export class VmClock implements Clock {
  readonly #clock: Clock;
  readonly #jumpListeners = new Set<(byMs: number) => void>();
  #pausedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Date {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() - this.#pausedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  onJump(listener: (byMs: number) => void): () => void {
    this.#jumpListeners.add(listener);
    return () => void this.#jumpListeners.delete(listener);
  }

  /** The machine was paused for so long until now. */
  pausedFor(ms: number): void {
    this.#pausedMs += ms;
    for (const listener of this.#jumpListeners) listener(ms);
  }
}
