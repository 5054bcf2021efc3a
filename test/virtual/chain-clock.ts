import type { Simulator } from '../../src/simulator/simulator.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Couples a simulator to a virtual clock: it mines blocks in time, and the node acts at its moments within a block. */
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

  /** When the node next reads receipts, if that is before the next block: only then is a request answered. Else Infinity. */
  get nextReceiptsMs(): number {
    const { receiptPollFraction } = this.#simulator;
    if (receiptPollFraction === undefined) return Infinity;
    const atMs = this.#blockStartMs + Math.round(receiptPollFraction * this.#blockMs);
    return atMs > this.#clock.monotonicMs() ? atMs : Infinity;
  }

  /** Moves chain and node to the time of the clock, in whole milliseconds. */
  catchUp(): void {
    const nowMs = this.#clock.monotonicMs();
    for (; this.nextBlockMs <= nowMs; this.nextBlockMs += this.#blockMs) this.#simulator.newBlock();
    this.#simulator.advanceTo(Math.floor(nowMs - this.#blockStartMs) / this.#blockMs);
  }

  get #blockStartMs(): number {
    return this.nextBlockMs - this.#blockMs;
  }
}
