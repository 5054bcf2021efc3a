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
  // Bee's block time is whole seconds; a simulated one may be shorter, to live fast.
  const blockTimeMs = BigInt(Math.round(blockTimeSeconds * 1000));
  return Number(((batch.value - store.totalAmount) * blockTimeMs) / (price * 1000n));
}

export function knownPrice(store: BatchStore, faults: Faults): bigint {
  return faults.get('priceZero') ? 0n : store.price;
}
