import { Violation } from './violation.ts';
import type { Stage } from './world.ts';

/** From here on an operator must hear of a clock that was set. */
const JUMP_MS = 60_000;
/** A run that is under way when the clock is set may wait for the node; the next one reads the node anew. */
const FOLLOWED_WITHIN_MS = 60_000;

/** What was seen of a stamp's expiry, and when. */
interface Told {
  readonly toldAtMs: number;
}

/** The clock was set, and how often the store had failed by then. */
interface Unfollowed {
  readonly atMs: number;
  readonly storeFailures: number;
}

/**
 * The checker's books of the machine's clock. Expiries on disk are in terms of the wall clock as it was when the service
 * last began to read the node; a wall clock that is set meanwhile moves no time to live.
 */
export class ClockBooks {
  readonly #stage: Stage;
  readonly #storeFailures: () => number;
  #startedAtMs = 0;
  /** The offset that expiries on disk go by. */
  #followedMs = 0;
  /** False: a clock that was set while no process ran, or just before its death, is not in the expiries on disk. */
  #sureFromDisk = true;
  #reportedMs = 0;
  #unfollowedSince: Unfollowed | null = null;

  constructor(stage: Stage, storeFailures: () => number) {
    this.#stage = stage;
    this.#storeFailures = storeFailures;
  }

  /** What expiries on disk are to be compared with. */
  get nowMs(): number {
    const { clock, wallOffsetMs } = this.#stage;
    return clock.now().getTime() - wallOffsetMs + this.#followedMs;
  }

  /** From the monotonic time of the checker's books to the terms of the disk. */
  get fromMonotonicMs(): number {
    return this.nowMs - this.#stage.nowMs;
  }

  /** Whether what the service goes by is no older than its start, or was not falsified by a clock set since. */
  isSure({ toldAtMs }: Told): boolean {
    return this.#sureFromDisk || toldAtMs >= this.#startedAtMs;
  }

  started(): void {
    const { wallOffsetMs, nowMs } = this.#stage;
    this.#sureFromDisk &&= this.#followedMs === wallOffsetMs;
    this.#startedAtMs = nowMs;
    this.#followedMs = this.#reportedMs = wallOffsetMs;
    this.#unfollowedSince = null;
  }

  died(): void {
    this.#sureFromDisk = this.#followedMs === this.#stage.wallOffsetMs && this.#sureFromDisk;
  }

  jumped(): void {
    this.#unfollowedSince ??= { atMs: this.#stage.nowMs, storeFailures: this.#storeFailures() };
  }

  /** The service begins to read the node. */
  lookBegan(): void {
    const unfollowed = this.#unfollowedSince;
    this.#followedMs = this.#stage.wallOffsetMs;
    this.#unfollowedSince = null;
    if (unfollowed) this.#checkFollowed(unfollowed);
  }

  /** A run of the service has ended; what it asks the node may be left open from before, so that nothing is asked anew. */
  runEnded(startedAt: Date): void {
    const startedMs = this.#monotonicOf(startedAt);
    const { nowMs } = this.#stage;
    if (this.#unfollowedSince && startedMs >= this.#unfollowedSince.atMs && startedMs <= nowMs)
      this.lookBegan();
  }

  /** The clock was set, and whether the service has followed it cannot be seen yet. */
  get isPending(): boolean {
    return this.#unfollowedSince !== null;
  }

  reported(): void {
    this.#reportedMs = this.#stage.wallOffsetMs;
  }

  /** Rule 8, when everything that can happen without time has happened. */
  check(): void {
    const { run, wallOffsetMs } = this.#stage;
    if (run === null) return;
    const jumpedMs = wallOffsetMs - this.#reportedMs;
    if (Math.abs(jumpedMs) >= JUMP_MS)
      throw new Violation(8, `the clock was set by ${jumpedMs / 1000} s, and no operator was told`);
    if (this.#unfollowedSince) this.#checkFollowed(this.#unfollowedSince);
  }

  /** By the wall clock as it is now: a moment from before it was set comes out wrong. */
  #monotonicOf(moment: Date): number {
    const { clock, nowMs } = this.#stage;
    return moment.getTime() - (clock.now().getTime() - nowMs);
  }

  #checkFollowed({ atMs, storeFailures }: Unfollowed): void {
    const { nowMs } = this.#stage;
    if (nowMs - atMs > FOLLOWED_WITHIN_MS && storeFailures === this.#storeFailures())
      throw new Violation(8, 'the clock was set more than a minute before the node was read again');
  }
}
