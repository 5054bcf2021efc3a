/** 24 hours of 5-second blocks. The contract does not know the block time of its chain. */
export const MINIMUM_VALIDITY_BLOCKS = 17280n;

/** The PostageStamp contract: batches, their owners and balances. docs/bee.md#contract */
export class PostageStamp {
  readonly events: ChainEvent[] = [];
  /** All batches, including expired ones. */
  readonly batches = new Map<string, ContractBatch>();
  /** Batches that expireLimited has not removed yet. They may have expired. */
  readonly #live = new Map<string, ContractBatch>();
  /** The lowest balance in #live; undefined if it must be computed again. */
  #lowest: bigint | undefined;
  #price: bigint;
  #paidOut = 0n;
  #paidOutAtBlock: number;

  constructor(price: bigint, deployedAtBlock: number) {
    this.#price = price;
    this.#paidOutAtBlock = deployedAtBlock;
    this.events.push({ kind: 'price', block: deployedAtBlock, price });
  }

  get price(): bigint {
    return this.#price;
  }

  outPaymentAt(block: number): bigint {
    return this.#paidOut + this.#price * BigInt(block - this.#paidOutAtBlock);
  }

  minimumAmount(): bigint {
    return this.#price * MINIMUM_VALIDITY_BLOCKS;
  }

  setPrice(price: bigint, block: number): void {
    this.#paidOut = this.outPaymentAt(block);
    this.#paidOutAtBlock = block;
    this.#price = price;
    this.events.push({ kind: 'price', block, price });
  }

  /** The name of the contract's error; undefined if the contract would accept. */
  createError(call: CreateCall): string | undefined {
    if (call.depth <= 16) return 'InvalidDepth';
    if (call.amount < this.minimumAmount()) return 'InsufficientBalance';
    return this.batches.has(call.batchId) ? 'BatchExists' : undefined;
  }

  create(call: CreateCall, block: number): ContractBatch {
    const batch: ContractBatch = {
      ...call,
      blockNumber: block,
      normalisedBalance: this.outPaymentAt(block) + call.amount,
    };
    this.batches.set(batch.batchId, batch);
    this.#live.set(batch.batchId, batch);
    this.#lowest = undefined;
    this.events.push({ kind: 'create', block, batch: { ...batch } });
    return batch;
  }

  topUpError(batchId: string, amount: bigint, block: number): string | undefined {
    const remaining = this.#remaining(batchId, block);
    if (remaining <= 0n) return 'BatchExpired';
    if (amount < 0n) return 'the contract reads a negative amount as a very large one';
    return remaining + amount < this.minimumAmount() ? 'InsufficientBalance' : undefined;
  }

  topUp(batchId: string, amount: bigint, block: number): void {
    const batch = this.existing(batchId);
    batch.normalisedBalance += amount;
    this.#lowest = undefined;
    this.events.push({
      kind: 'topUp',
      block,
      batchId,
      amount,
      normalisedBalance: batch.normalisedBalance,
    });
  }

  dilutionError(
    dilution: { batchId: string; depth: number; sender: string },
    block: number,
  ): string | undefined {
    const remaining = this.#remaining(dilution.batchId, block);
    if (remaining <= 0n) return 'BatchExpired';
    const batch = this.existing(dilution.batchId);
    if (batch.owner !== dilution.sender) return 'NotBatchOwner';
    if (dilution.depth <= batch.depth) return 'DepthNotIncreasing';
    const left = remaining >> BigInt(dilution.depth - batch.depth);
    return left < this.minimumAmount() ? 'InsufficientBalance' : undefined;
  }

  dilute(batchId: string, depth: number, block: number): void {
    const batch = this.existing(batchId);
    const paidOut = this.outPaymentAt(block);
    const left = (batch.normalisedBalance - paidOut) >> BigInt(depth - batch.depth);
    batch.depth = depth;
    batch.normalisedBalance = paidOut + left;
    this.#lowest = undefined;
    this.events.push({ kind: 'dilute', block, batchId, depth, normalisedBalance: batch.normalisedBalance });
  }

  expiredBatchesExist(block: number): boolean {
    if (this.#live.size === 0) return false;
    this.#lowest ??= this.#ascending()[0]?.normalisedBalance;
    return this.#lowest !== undefined && this.#lowest <= this.outPaymentAt(block);
  }

  expireLimited(limit: number, block: number): void {
    const paidOut = this.outPaymentAt(block);
    for (const batch of this.#ascending().slice(0, limit)) {
      if (batch.normalisedBalance <= paidOut) this.#live.delete(batch.batchId);
    }
    this.#lowest = undefined;
  }

  existing(batchId: string): ContractBatch {
    const batch = this.batches.get(batchId);
    if (batch === undefined) throw new Error(`no batch ${batchId} was ever created`);
    return batch;
  }

  #remaining(batchId: string, block: number): bigint {
    const batch = this.#live.get(batchId);
    return batch === undefined ? 0n : batch.normalisedBalance - this.outPaymentAt(block);
  }

  #ascending(): ContractBatch[] {
    return [...this.#live.values()].toSorted((a, b) => (a.normalisedBalance < b.normalisedBalance ? -1 : 1));
  }
}

export interface ContractBatch {
  readonly batchId: string;
  readonly owner: string;
  readonly payer: string;
  /** PLUR per chunk paid at creation. Top-ups are in the ledger. */
  readonly amount: bigint;
  readonly immutable: boolean;
  readonly blockNumber: number;
  depth: number;
  /** The batch expires when the total out-payment reaches this value. */
  normalisedBalance: bigint;
}

/** An event that the node's listener reads from the chain. `amount` is per chunk. */
export type ChainEvent = { readonly block: number } & (
  | { readonly kind: 'create'; readonly batch: Readonly<ContractBatch> }
  | {
      readonly kind: 'topUp';
      readonly batchId: string;
      readonly amount: bigint;
      readonly normalisedBalance: bigint;
    }
  | {
      readonly kind: 'dilute';
      readonly batchId: string;
      readonly depth: number;
      readonly normalisedBalance: bigint;
    }
  | { readonly kind: 'price'; readonly price: bigint }
);

export interface CreateCall {
  readonly batchId: string;
  readonly owner: string;
  readonly payer: string;
  readonly amount: bigint;
  readonly depth: number;
  readonly immutable: boolean;
}
