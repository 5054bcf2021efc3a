import type { Clock } from '../clock.ts';

/** A smaller difference is within the resolution of the clocks. */
const MIN_STEP_MS = 1000;
/** More than happen while a node is observed. */
const MAX_SERVER_STEPS = 10;

/**
 * The time that expiries are compared with (promise 4). It follows the monotonic clock, so that setting the wall clock does
 * not change a promised time to live. It starts at the wall-clock time of the process start; or at the time of the database
 * server, if other processes compare the same expiries: then it follows that, and never the wall clock of this machine.
 */
export class ExpiryClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly #isShared: boolean;
  /** The clock that is followed minus the monotonic clock, when it was last followed. */
  #offsetMs: number;
  /** The offsets before the last steps of the time of the server, and when it was followed, in monotonic time. */
  #serverSteps: readonly { readonly atMs: number; readonly beforeMs: number }[] = [];
  /** Settles when the expiries on disk have been moved; null while they are not being moved. */
  #following: Promise<void> | null = null;
  /** How many read and write expiries now. */
  #working = 0;
  #allEnded: () => void = () => {};

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>, serverTime: Date | null = null) {
    this.#clock = clock;
    this.#isShared = serverTime !== null;
    this.#offsetMs = serverTime ? serverTime.getTime() - clock.monotonicMs() : this.#wallOffsetMs();
  }

  now(): Date {
    return this.at(this.#clock.monotonicMs());
  }

  /**
   * The time at a moment of the monotonic clock. If the time of the server was followed since, the earliest that is possible: an
   * observation of that moment then promises less, and if this machine was paused since, it is the true one.
   */
  at(monotonicMs: number): Date {
    const since = this.#serverSteps.filter(({ atMs }) => monotonicMs < atMs);
    return new Date(
      Math.round(monotonicMs + Math.min(this.#offsetMs, ...since.map(({ beforeMs }) => beforeMs))),
    );
  }

  /**
   * Does work that reads and writes expiries, which are not moved before it has ended. It must not take long: with several
   * nodes, another one may wait to move them.
   */
  async unmoved<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#following !== null) await this.#following;
    this.#working += 1;
    try {
      return await work();
    } finally {
      this.#working -= 1;
      if (this.#working === 0) this.#allEnded();
    }
  }

  /**
   * Follows a wall clock that was set. `move` moves all expiries on disk by the same difference, so that no time to live
   * changes. Until it has, the later of the two times counts, which promises less. Several nodes may ask for it at once:
   * the expiries are moved once. Returns whether this call has moved them.
   */
  async follow(move: (byMs: number) => Promise<unknown>): Promise<boolean> {
    if (this.#isShared || Math.abs(this.#stepMs()) < MIN_STEP_MS) return false;
    return await this.#whenUnused(() => this.#follow(move));
  }

  /**
   * Follows the time of the database server, which was read between `beganMs` of the monotonic clock and now. The expiries on
   * disk are in that time already, so none is moved. Of the times that are possible the latest counts, which promises less.
   * Returns whether it differed from the time of this clock.
   */
  async followServer(serverTime: Date, beganMs: number): Promise<boolean> {
    const latestMs = serverTime.getTime() - beganMs;
    const earliestMs = serverTime.getTime() - this.#clock.monotonicMs();
    const isBetween = this.#offsetMs > earliestMs - MIN_STEP_MS && this.#offsetMs < latestMs + MIN_STEP_MS;
    if (isBetween) return false;
    return await this.#whenUnused(async () => {
      const step = { atMs: this.#clock.monotonicMs(), beforeMs: this.#offsetMs };
      this.#serverSteps = [...this.#serverSteps, step].slice(-MAX_SERVER_STEPS);
      this.#offsetMs = latestMs;
    });
  }

  /** Sets the clock while no work reads and writes expiries. Returns whether this call has set it. */
  async #whenUnused(set: () => Promise<void>): Promise<boolean> {
    if (this.#following !== null) {
      await this.#following;
      return false;
    }
    const { promise, resolve: ended } = Promise.withResolvers<void>();
    this.#following = promise;
    try {
      if (this.#working > 0) await new Promise<void>((resolve) => (this.#allEnded = resolve));
      await set();
      return true;
    } finally {
      this.#following = null;
      ended();
    }
  }

  async #follow(move: (byMs: number) => Promise<unknown>): Promise<void> {
    const before = this.#offsetMs;
    const byMs = this.#stepMs();
    this.#offsetMs = before + Math.max(0, byMs);
    try {
      await move(byMs);
      this.#offsetMs = before + byMs;
    } catch (error) {
      this.#offsetMs = before;
      throw error;
    }
  }

  /** By how much the wall clock was set since this clock last followed it. */
  #stepMs(): number {
    return Math.round(this.#wallOffsetMs() - this.#offsetMs);
  }

  #wallOffsetMs(): number {
    return this.#clock.now().getTime() - this.#clock.monotonicMs();
  }
}
