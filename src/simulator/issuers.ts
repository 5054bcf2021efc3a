import { createHash } from 'node:crypto';
import type { BatchListener, StoredBatch } from './batch-store.ts';

/** The node's right to stamp with a batch of its own, and what it remembers besides the chain: the label. */
export interface Issuer {
  readonly batchId: string;
  readonly blockNumber: number;
  readonly immutable: boolean;
  label: string;
  amount: bigint;
  depth: number;
  /** Chunks in the fullest bucket. */
  utilization: number;
  readonly buckets: Map<number, number>;
  /** What is on disk: changes that come from the chain do not get there by themselves (docs/bee.md#stale-fields). */
  saved: { amount: bigint; depth: number };
}

export const BUCKET_DEPTH = 16;
/** The label of a batch that the node first hears of from the chain: docs/bee.md#labels */
export const RECOVERED = 'recovered';

export class Issuers implements BatchListener {
  readonly #owner: string;
  #issuers = new Map<string, Issuer>();

  constructor(owner: string) {
    this.#owner = owner;
  }

  get(batchId: string): Issuer | undefined {
    return this.#issuers.get(batchId);
  }

  /** In the order in which they came; in key order after a restart. */
  all(): Iterable<Issuer> {
    return this.#issuers.values();
  }

  /** The first writer wins: adding a batch that came from the chain before changes nothing, not even its label. */
  add(issuer: Pick<Issuer, 'batchId' | 'blockNumber' | 'immutable' | 'label' | 'amount' | 'depth'>): void {
    if (this.#issuers.has(issuer.batchId)) return;
    const { amount, depth } = issuer;
    this.#issuers.set(issuer.batchId, {
      ...issuer,
      utilization: 0,
      buckets: new Map(),
      saved: { amount, depth },
    });
  }

  created(batch: StoredBatch, amount: bigint): void {
    if (batch.owner !== this.#owner) return;
    const { batchId, immutable, depth, start } = batch;
    this.add({ batchId, immutable, depth, amount, blockNumber: start, label: RECOVERED });
  }

  toppedUp(batchId: string, amount: bigint): void {
    const issuer = this.#issuers.get(batchId);
    if (issuer) issuer.amount += amount;
  }

  diluted(batchId: string, depth: number): void {
    const issuer = this.#issuers.get(batchId);
    if (issuer) issuer.depth = depth;
  }

  expired(batchId: string): void {
    this.#issuers.delete(batchId);
  }

  setLabel(issuer: Issuer, label: string): void {
    issuer.label = label;
    save(issuer);
  }

  /** One chunk stamped. False: its bucket is full, and the batch takes no second one (immutable). */
  stamp(issuer: Issuer, chunk: string): boolean {
    const [high = 0, low = 0] = createHash('sha256').update(chunk).digest();
    const bucket = high * 256 + low;
    const count = (issuer.buckets.get(bucket) ?? 0) + 1;
    const full = count > bucketSize(issuer);
    if (full && issuer.immutable) return false;
    if (!full) issuer.buckets.set(bucket, count);
    issuer.utilization = Math.max(issuer.utilization, full ? count - 1 : count);
    save(issuer);
    return true;
  }

  /** What a restart leaves: the disk, in key order. `saveFirst`: the version that saves everything at its end. */
  reload(saveFirst: boolean): void {
    const inKeyOrder = [...this.#issuers.values()].toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1));
    this.#issuers = new Map(inKeyOrder.map((issuer) => [issuer.batchId, issuer]));
    for (const issuer of inKeyOrder) {
      if (saveFirst) save(issuer);
      Object.assign(issuer, issuer.saved);
    }
  }

  clear(): void {
    this.#issuers.clear();
  }
}

export function bucketSize(issuer: Issuer): number {
  return 2 ** (issuer.depth - BUCKET_DEPTH);
}

function save(issuer: Issuer): void {
  issuer.saved = { amount: issuer.amount, depth: issuer.depth };
}
