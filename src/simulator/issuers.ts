import { createHash } from 'node:crypto';
import type { BatchListener, StoredBatch } from './batch-store.ts';

export const BUCKET_DEPTH = 16;
/** The label of a batch that the node first saw on the chain: docs/bee.md#labels */
export const RECOVERED = 'recovered';

/** The stamp issuers of the node, one per batch that it owns. GET /stamps lists them. */
export class Issuers implements BatchListener {
  readonly #owner: string;
  #issuers = new Map<string, Issuer>();

  constructor(owner: string) {
    this.#owner = owner;
  }

  get(batchId: string): Issuer | undefined {
    return this.#issuers.get(batchId);
  }

  /** In order of insertion; ordered by id after a restart. */
  all(): Iterable<Issuer> {
    return this.#issuers.values();
  }

  /** Does nothing if the issuer exists: a batch that was first seen on the chain keeps its label. */
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

  /** Stamps a chunk. Returns false if its bucket is full and the batch is immutable. */
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

  /** Restores what is on disk, as a restart does, ordered by id. `saveFirst`: the node saved all issuers at shutdown. */
  reload(saveFirst: boolean): void {
    const sortedById = [...this.#issuers.values()].toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1));
    this.#issuers = new Map(sortedById.map((issuer) => [issuer.batchId, issuer]));
    for (const issuer of sortedById) {
      if (saveFirst) save(issuer);
      Object.assign(issuer, issuer.saved);
    }
  }

  clear(): void {
    this.#issuers.clear();
  }
}

/** The node's permission to issue stamps of a batch. */
export interface Issuer {
  readonly batchId: string;
  readonly blockNumber: number;
  readonly immutable: boolean;
  /** Not on the chain. */
  label: string;
  amount: bigint;
  depth: number;
  /** The number of chunks in the fullest bucket. */
  utilization: number;
  readonly buckets: Map<number, number>;
  /** The values on disk. A change on the chain is not saved at once (docs/bee.md#stale-fields). */
  saved: { amount: bigint; depth: number };
}

export function bucketSize(issuer: Issuer): number {
  return 2 ** (issuer.depth - BUCKET_DEPTH);
}

function save(issuer: Issuer): void {
  issuer.saved = { amount: issuer.amount, depth: issuer.depth };
}
