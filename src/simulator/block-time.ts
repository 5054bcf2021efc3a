import type { Chain } from './chain.ts';
import type { Jobs } from './coroutines.ts';
import type { BeeNode } from './node.ts';
import type { Rpc } from './rpc.ts';
import type { Transactions } from './transactions.ts';

/** A block is mined at its beginning; the listener of the node wakes up at a moment of its own, here half a block later. */
const LISTENER_PART = 0.5;

/** How much of the current block has passed: from 0 to 1. Mining by hand leaves it at its end. */
export class PartOfBlock {
  current = 0;
}

export interface BlockTimeParts {
  readonly part: PartOfBlock;
  readonly chain: Chain;
  readonly node: BeeNode;
  readonly jobs: Jobs;
  readonly rpc: Rpc;
  readonly transactions: Transactions;
}

/** Moves chain and node: all that happens by itself happens in here, in the order in which it falls due. */
export class BlockTime {
  readonly #parts: BlockTimeParts;

  constructor(parts: BlockTimeParts) {
    this.#parts = parts;
  }

  newBlock(): void {
    const { part, chain, node, jobs, transactions } = this.#parts;
    this.passTo(1);
    chain.mine();
    part.current = 0;
    node.onBlock();
    if (transactions.pollPart === 0) this.#poll();
    jobs.resume();
  }

  passTo(partOfBlock: number): void {
    const { part, node, transactions } = this.#parts;
    const end = Math.min(1, partOfBlock);
    for (;;) {
      const due = [LISTENER_PART, transactions.pollPart].filter((at) => at > part.current && at <= end);
      if (due.length === 0) break;
      part.current = Math.min(...due);
      if (part.current === LISTENER_PART) node.readChain();
      if (part.current === transactions.pollPart) this.#poll();
    }
    part.current = Math.max(part.current, end);
  }

  #poll(): void {
    const { rpc, transactions, jobs } = this.#parts;
    if (!rpc.answers()) return;
    transactions.poll();
    jobs.resume();
  }
}
