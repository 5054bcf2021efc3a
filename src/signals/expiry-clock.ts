import type { Clock } from '../clock.ts';

/** A smaller difference is within the resolution of the clocks. */
const MIN_STEP_MS = 1000;

/**
 * The time that expiries are compared with (promise 4). It follows the monotonic clock, so that setting the wall clock does
 * not change a promised time to live. It starts at the wall-clock time of the process start; or at the time of the database
 * server, if other processes compare the same expiries: then it never follows the wall clock of this machine.
 */
export class ExpiryClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly #isShared: boolean;
  /** The wall clock minus the monotonic clock, when this clock last followed the wall clock. */
  #offsetMs: number;
  /** Settles when the expiries on disk have been moved; null while they are not being moved. */
  #following: Promise<void> | null = null;

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>, serverTime: Date | null = null) {
    this.#clock = clock;
    this.#isShared = serverTime !== null;
    this.#offsetMs = serverTime ? serverTime.getTime() - clock.monotonicMs() : this.#wallOffsetMs();
  }

  now(): Date {
    return new Date(Math.round(this.#clock.monotonicMs() + this.#offsetMs));
  }

  /**
   * Follows a wall clock that was set. `move` moves all expiries on disk by the same difference, so that no time to live
   * changes. Until it has, the later of the two times counts, which promises less. Several nodes may ask for it at once:
   * the expiries are moved once. Returns whether this call has moved them.
   */
  async follow(move: (byMs: number) => Promise<unknown>): Promise<boolean> {
    if (this.#isShared) return false;
    if (this.#following !== null) {
      await this.#following;
      return false;
    }
    const before = this.#offsetMs;
    const byMs = Math.round(this.#wallOffsetMs() - before);
    if (Math.abs(byMs) < MIN_STEP_MS) return false;
    const { promise, resolve: ended } = Promise.withResolvers<void>();
    this.#following = promise;
    this.#offsetMs = before + Math.max(0, byMs);
    try {
      await move(byMs);
      this.#offsetMs = before + byMs;
      return true;
    } catch (error) {
      this.#offsetMs = before;
      throw error;
    } finally {
      this.#following = null;
      ended();
    }
  }

  #wallOffsetMs(): number {
    return this.#clock.now().getTime() - this.#clock.monotonicMs();
  }
}
