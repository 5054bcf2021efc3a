import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { ChainClock } from '../virtual/chain-clock.ts';
import type { VirtualClock } from '../virtual/virtual-clock.ts';

const BLOCKS_BEFORE = 40;

type Wishes = Required<Pick<SimulatorOptions, 'seed' | 'version' | 'chequebook' | 'blockTimeMs'>>;

/** A node with another wallet, on its own chain of the same length and price. */
export class OtherNode {
  readonly simulator: Simulator;
  readonly #chainClock: ChainClock;

  constructor(
    { chain }: Simulator,
    { clock, seed, version, chequebook, blockTimeMs }: Wishes & { readonly clock: VirtualClock },
  ) {
    this.simulator = createSimulator({
      seed: seed + 1_000_000,
      version,
      chequebook,
      blockTimeMs,
      startBlock: chain.tip - BLOCKS_BEFORE,
      pricePlur: chain.price,
    });
    this.simulator.mineBlocks(BLOCKS_BEFORE);
    this.#chainClock = new ChainClock(this.simulator, clock, blockTimeMs);
  }

  get nextReceiptsMs(): number {
    return this.#chainClock.nextReceiptsMs;
  }

  catchUp(): void {
    this.#chainClock.catchUp();
  }
}
