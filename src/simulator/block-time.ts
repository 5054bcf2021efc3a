import type { Chain } from './chain.ts';
import type { Coroutines } from './coroutines.ts';
import type { BeeNode } from './node.ts';
import type { Rpc } from './rpc.ts';
import type { Transactions } from './transactions.ts';

/** A block is mined at fraction 0. The listener of a real node wakes at a time of its own; here at half of the block. */
const LISTENER_FRACTION = 0.5;

/** Advances the chain and the node, and runs everything that is due, in order. */
export class BlockTime {
  readonly #parts: BlockTimeParts;

  constructor(parts: BlockTimeParts) {
    this.#parts = parts;
  }

  newBlock(): void {
    const { progress, chain, node, coroutines, transactions } = this.#parts;
    this.advanceTo(1);
    chain.mine();
    progress.fraction = 0;
    node.onBlock();
    if (transactions.pollFraction === 0) this.#poll();
    coroutines.resume();
  }

  advanceTo(blockFraction: number): void {
    const { progress, node, transactions } = this.#parts;
    const end = Math.min(1, blockFraction);
    for (;;) {
      const due = [LISTENER_FRACTION, transactions.pollFraction].filter(
        (at) => at > progress.fraction && at <= end,
      );
      if (due.length === 0) break;
      progress.fraction = Math.min(...due);
      if (progress.fraction === LISTENER_FRACTION) node.readChain();
      if (progress.fraction === transactions.pollFraction) this.#poll();
    }
    progress.fraction = Math.max(progress.fraction, end);
  }

  #poll(): void {
    const { rpc, transactions, coroutines } = this.#parts;
    if (!rpc.answers()) return;
    transactions.poll();
    coroutines.resume();
  }
}

export interface BlockTimeParts {
  readonly progress: BlockProgress;
  readonly chain: Chain;
  readonly node: BeeNode;
  readonly coroutines: Coroutines;
  readonly rpc: Rpc;
  readonly transactions: Transactions;
}

/** How much of the current block has passed: from 0 to 1. It is 1 after a block was mined by hand. */
export class BlockProgress {
  fraction = 0;
}
