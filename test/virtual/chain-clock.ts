import type { Simulator } from '../../src/simulator/simulator.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Couples a simulator to a virtual clock: blocks come at their time, and within a block the node acts at its own moments. */
export class ChainClock {
  readonly #simulator: Simulator;
  readonly #clock: VirtualClock;
  readonly #blockMs: number;
  nextBlockMs: number;

  /** The newest block has just been mined. */
  constructor(simulator: Simulator, clock: VirtualClock, blockMs: number) {
    this.#simulator = simulator;
    this.#clock = clock;
    this.#blockMs = blockMs;
    this.nextBlockMs = clock.monotonicMs() + blockMs;
  }

  /** When the node next looks for receipts, if that is before the next block; only then a request can be answered before it. */
  get nextReceiptsMs(): number {
    const { receiptPollFraction } = this.#simulator;
    if (receiptPollFraction === undefined) return Infinity;
    const atMs = this.#blockStartMs + Math.round(receiptPollFraction * this.#blockMs);
    return atMs > this.#clock.monotonicMs() ? atMs : Infinity;
  }

  /** Brings chain and node to the time of the clock, in whole milliseconds. */
  catchUp(): void {
    const nowMs = this.#clock.monotonicMs();
    for (; this.nextBlockMs <= nowMs; this.nextBlockMs += this.#blockMs) this.#simulator.newBlock();
    this.#simulator.advanceTo(Math.floor(nowMs - this.#blockStartMs) / this.#blockMs);
  }

  get #blockStartMs(): number {
    return this.nextBlockMs - this.#blockMs;
  }
}
