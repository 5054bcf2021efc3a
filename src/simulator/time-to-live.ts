import type { BatchStore } from './batch-store.ts';
import type { Faults } from './faults.ts';

/** In seconds, whole, as of the synced block; -1 is "unknown". docs/bee.md#ttl */
export function timeToLive(
  store: BatchStore,
  batchId: string,
  { faults, blockTimeSeconds }: { faults: Faults; blockTimeSeconds: number },
): number {
  const batch = store.get(batchId);
  const price = knownPrice(store, faults);
  if (batch === undefined || price === 0n) return -1;
  return Number(((batch.value - store.totalAmount) * BigInt(blockTimeSeconds)) / price);
}

export function knownPrice(store: BatchStore, faults: Faults): bigint {
  return faults.get('priceZero') ? 0n : store.price;
}
