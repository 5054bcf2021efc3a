import type { ChainEvent } from './postage-stamp.ts';

/** The node's copy of the batches on the chain. It is 4 to 9 blocks behind, and advances by 5 blocks. docs/bee.md#visibility */
export class BatchStore {
  readonly #batches = new Map<string, StoredBatch>();
  readonly #events: readonly ChainEvent[];
  readonly #listener: BatchListener;
  readonly #firstBlock: number;
  readonly #misses: (event: ChainEvent) => boolean;
  #nextEvent = 0;
  #block: number;
  #totalAmount = 0n;
  #price = 0n;
  /** The lowest value in the store; undefined if it must be computed again. */
  #lowest: bigint | undefined;
  #sortedById: readonly StoredBatch[] | undefined;

  constructor(events: readonly ChainEvent[], { listener, firstBlock, misses }: BatchStoreParts) {
    this.#misses = misses;
    this.#events = events;
    this.#listener = listener;
    this.#firstBlock = firstBlock;
    this.#block = firstBlock;
  }

  get block(): number {
    return this.#block;
  }

  get totalAmount(): bigint {
    return this.#totalAmount;
  }

  get price(): bigint {
    return this.#price;
  }

  get(batchId: string): StoredBatch | undefined {
    return this.#batches.get(batchId);
  }

  /** Ordered by id, as Bee's key-value store iterates. */
  all(): readonly StoredBatch[] {
    this.#sortedById ??= [...this.#batches.values()].toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1));
    return this.#sortedById;
  }

  /** Reads the events up to block `to`, inclusive. Does nothing if the store is already there. */
  syncTo(to: number): void {
    if (to <= this.#block) return;
    for (;;) {
      const event = this.#events[this.#nextEvent];
      if (event === undefined || event.block > to) break;
      this.#nextEvent += 1;
      this.#moveTo(event.block);
      if (!this.#misses(event)) this.#apply(event);
    }
    this.#moveTo(to);
  }

  /** Deletes everything. The next sync reads the chain again from the first block. */
  clear(): void {
    this.#batches.clear();
    this.#sortedById = undefined;
    this.#lowest = undefined;
    this.#nextEvent = 0;
    this.#block = this.#firstBlock;
    this.#totalAmount = 0n;
    this.#price = 0n;
  }

  #moveTo(block: number): void {
    this.#totalAmount += this.#price * BigInt(block - this.#block);
    this.#block = block;
    this.#evict();
  }

  #apply(event: ChainEvent): void {
    if (event.kind === 'price') this.#price = event.price;
    else if (event.kind === 'create') this.#create(event);
    else this.#change(event);
  }

  #create({ block, batch }: Extract<ChainEvent, { kind: 'create' }>): void {
    // A batch that would expire within a block is dropped silently: docs/bee.md#expiry
    if (batch.normalisedBalance <= this.#totalAmount + this.#price) return;
    const { batchId, owner, immutable, depth, normalisedBalance } = batch;
    const stored = { batchId, owner, immutable, depth, start: block, value: normalisedBalance };
    this.#batches.set(batchId, stored);
    this.#sortedById = undefined;
    if (this.#lowest !== undefined && stored.value < this.#lowest) this.#lowest = stored.value;
    this.#listener.created(stored, batch.amount);
  }

  #change(event: Extract<ChainEvent, { kind: 'topUp' | 'dilute' }>): void {
    const batch = this.#batches.get(event.batchId);
    if (batch === undefined) return;
    batch.value = event.normalisedBalance;
    this.#lowest = undefined;
    if (event.kind === 'topUp') this.#listener.toppedUp(event.batchId, event.amount);
    else {
      batch.depth = event.depth;
      this.#listener.diluted(event.batchId, event.depth);
    }
    this.#evict();
  }

  /** Iterates over the batches only if the one with the lowest value has expired, which keeps other blocks cheap. */
  #evict(): void {
    if (this.#batches.size === 0) return;
    this.#lowest ??= this.#lowestValue();
    if (this.#lowest > this.#totalAmount) return;
    for (const batch of this.#batches.values()) {
      if (batch.value > this.#totalAmount) continue;
      this.#batches.delete(batch.batchId);
      this.#listener.expired(batch.batchId);
    }
    this.#sortedById = undefined;
    this.#lowest = undefined;
  }

  #lowestValue(): bigint {
    let lowest: bigint | undefined;
    for (const { value } of this.#batches.values())
      if (lowest === undefined || value < lowest) lowest = value;
    return lowest ?? 0n;
  }
}

/** A batch as the node knows it from the chain. */
export interface StoredBatch {
  readonly batchId: string;
  readonly owner: string;
  readonly immutable: boolean;
  readonly start: number;
  depth: number;
  value: bigint;
}

/** Receives each change of the store. The issuers of the node implement it. */
export interface BatchListener {
  created(batch: StoredBatch, amount: bigint): void;
  toppedUp(batchId: string, amount: bigint): void;
  diluted(batchId: string, depth: number): void;
  expired(batchId: string): void;
}

export interface BatchStoreParts {
  readonly listener: BatchListener;
  readonly firstBlock: number;
  /** Whether to skip this event. Called once each time an event is reached. */
  readonly misses: (event: ChainEvent) => boolean;
}
