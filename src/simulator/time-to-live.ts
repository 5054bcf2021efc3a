import type { BatchStore } from './batch-store.ts';
import type { Faults } from './faults.ts';

/** The batchTTL in whole seconds at the synced block; -1 if it is unknown. docs/bee.md#ttl */
export function timeToLive(
  store: BatchStore,
  batchId: string,
  { faults, blockTimeSeconds }: { faults: Faults; blockTimeSeconds: number },
): number {
  const batch = store.get(batchId);
  const price = knownPrice(store, faults);
  if (batch === undefined || price === 0n) return -1;
  // The block time of a real Bee is in whole seconds. A simulated one may be below a second.
  const blockTimeMs = BigInt(Math.round(blockTimeSeconds * 1000));
  return Number(((batch.value - store.totalAmount) * blockTimeMs) / (price * 1000n));
}

export function knownPrice(store: BatchStore, faults: Faults): bigint {
  return faults.get('priceZero') ? 0n : store.price;
}
