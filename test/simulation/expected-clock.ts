import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** A change of the wall clock by at least this much must be reported. */
const JUMP_MS = 60_000;
/** A run in progress when the clock is set may be waiting for the node; the next one reads the node again. */
const APPLIED_WITHIN_MS = 60_000;

/** When an expiry was observed. */
interface Seen {
  readonly seenAtMs: number;
}

/** The clock was set at `atMs`, when the store had failed this often. */
interface NotApplied {
  readonly atMs: number;
  readonly storeFailures: number;
}

/**
 * The wall clock as the service should take it into account. Expiries on disk refer to the wall clock at the start of the
 * latest observation; setting the clock later changes no time to live.
 */
export class ExpectedClock {
  readonly #world: World;
  readonly #storeFailures: () => number;
  #startedAtMs = 0;
  /** The offset of the wall clock that expiries on disk refer to. */
  #appliedMs = 0;
  /** False: the clock was set while no process ran, or just before one died, so expiries on disk do not include it. */
  #sureFromDisk = true;
  #reportedMs = 0;
  #notAppliedSince: NotApplied | null = null;

  constructor(world: World, storeFailures: () => number) {
    this.#world = world;
    this.#storeFailures = storeFailures;
  }

  /** The time to compare expiries on disk with. */
  get nowMs(): number {
    const { clock, wallOffsetMs } = this.#world;
    return clock.now().getTime() - wallOffsetMs + this.#appliedMs;
  }

  /** The difference between expiries on disk and the monotonic clock. */
  get fromMonotonicMs(): number {
    return this.nowMs - this.#world.nowMs;
  }

  /** Whether the service knows the expiry since its start, or no change of the clock since has falsified it. */
  isSure({ seenAtMs }: Seen): boolean {
    return this.#sureFromDisk || seenAtMs >= this.#startedAtMs;
  }

  started(): void {
    const { wallOffsetMs, nowMs } = this.#world;
    this.#sureFromDisk &&= this.#appliedMs === wallOffsetMs;
    this.#startedAtMs = nowMs;
    this.#appliedMs = this.#reportedMs = wallOffsetMs;
    this.#notAppliedSince = null;
  }

  died(): void {
    this.#sureFromDisk = this.#appliedMs === this.#world.wallOffsetMs && this.#sureFromDisk;
  }

  jumped(): void {
    this.#notAppliedSince ??= { atMs: this.#world.nowMs, storeFailures: this.#storeFailures() };
  }

  /** The service starts an observation. */
  observationBegan(): void {
    const notApplied = this.#notAppliedSince;
    this.#appliedMs = this.#world.wallOffsetMs;
    this.#notAppliedSince = null;
    if (notApplied) this.#checkApplied(notApplied);
  }

  /** A run has ended. It may have joined a request that was still open, so that nothing was sent. */
  runEnded(startedAt: Date): void {
    const startedMs = this.#monotonicOf(startedAt);
    const { nowMs } = this.#world;
    if (this.#notAppliedSince && startedMs >= this.#notAppliedSince.atMs && startedMs <= nowMs)
      this.observationBegan();
  }

  /** The clock was set, and it is not visible yet whether the service has taken it into account. */
  get isPending(): boolean {
    return this.#notAppliedSince !== null;
  }

  reportCount(): void {
    this.#reportedMs = this.#world.wallOffsetMs;
  }

  /** Rule 8, checked when everything that needs no time has happened. */
  check(): void {
    const { service, wallOffsetMs } = this.#world;
    if (service === null) return;
    const jumpedMs = wallOffsetMs - this.#reportedMs;
    if (Math.abs(jumpedMs) >= JUMP_MS)
      throw new Violation(8, `the clock was set by ${jumpedMs / 1000} s, and no incident was reported`);
    if (this.#notAppliedSince) this.#checkApplied(this.#notAppliedSince);
  }

  /** By the current wall clock: the result is wrong for a time before it was set. */
  #monotonicOf(moment: Date): number {
    const { clock, nowMs } = this.#world;
    return moment.getTime() - (clock.now().getTime() - nowMs);
  }

  #checkApplied({ atMs, storeFailures }: NotApplied): void {
    const { nowMs } = this.#world;
    if (nowMs - atMs > APPLIED_WITHIN_MS && storeFailures === this.#storeFailures())
      throw new Violation(8, 'the clock was set more than a minute before the node was read again');
  }
}
