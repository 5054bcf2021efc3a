import type { ChainEvent } from './postage-stamp.ts';

/** What the node has learned of a batch from the chain. */
export interface StoredBatch {
  readonly batchId: string;
  readonly owner: string;
  readonly immutable: boolean;
  readonly start: number;
  depth: number;
  value: bigint;
}

/** Who else wants to know what the listener learned: the issuers of the node. */
export interface BatchListener {
  created(batch: StoredBatch, amount: bigint): void;
  toppedUp(batchId: string, amount: bigint): void;
  diluted(batchId: string, depth: number): void;
  expired(batchId: string): void;
}

export interface BatchStoreParts {
  readonly listener: BatchListener;
  readonly firstBlock: number;
  /** Events that are passed over without being read; asked once each time that one is come to. */
  readonly misses: (event: ChainEvent) => boolean;
}

/** The node's copy of the chain: behind it by 4 to 9 blocks, moving 5 at a time. docs/bee.md#visibility */
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
  /** The lowest value in the store; undefined when it has to be looked up again. */
  #lowest: bigint | undefined;
  #inKeyOrder: readonly StoredBatch[] | undefined;

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

  /** As the key-value store below would iterate: by id. */
  all(): readonly StoredBatch[] {
    this.#inKeyOrder ??= [...this.#batches.values()].toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1));
    return this.#inKeyOrder;
  }

  /** Reads the events up to and with block `to`. Never goes back. */
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

  /** Forgets everything, to be read again from the first block. */
  clear(): void {
    this.#batches.clear();
    this.#inKeyOrder = undefined;
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
    // What could not live another block is dropped without a word: docs/bee.md#expiry
    if (batch.normalisedBalance <= this.#totalAmount + this.#price) return;
    const { batchId, owner, immutable, depth, normalisedBalance } = batch;
    const stored = { batchId, owner, immutable, depth, start: block, value: normalisedBalance };
    this.#batches.set(batchId, stored);
    this.#inKeyOrder = undefined;
    this.#lowest = undefined;
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

  /** Looks at the batches only when the cheapest of them has run out: a block without that costs nothing. */
  #evict(): void {
    if (this.#batches.size === 0) return;
    this.#lowest ??= this.#lowestValue();
    if (this.#lowest > this.#totalAmount) return;
    for (const batch of this.#batches.values()) {
      if (batch.value > this.#totalAmount) continue;
      this.#batches.delete(batch.batchId);
      this.#listener.expired(batch.batchId);
    }
    this.#inKeyOrder = undefined;
    this.#lowest = undefined;
  }

  #lowestValue(): bigint {
    let lowest: bigint | undefined;
    for (const { value } of this.#batches.values())
      if (lowest === undefined || value < lowest) lowest = value;
    return lowest ?? 0n;
  }
}
