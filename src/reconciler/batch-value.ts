import type { ChainState, FreshObservation, SeenStamp } from '../domain/observation.ts';
import { type Plur, plur } from '../domain/units.ts';

/**
 * The balance of a batch in PLUR per chunk, including the cumulative out-payment, so that only top-ups and dilutions change
 * it (docs/bee.md#stale-fields). It is exact if the node shows it, else derived from the time to live, which is in whole
 * seconds. null if neither is known. Pure.
 */
export function valueOf(
  stamp: SeenStamp,
  { chain, batches }: FreshObservation,
  blockTimeSeconds: number,
): Plur | null {
  return batches.get(stamp.batchId)?.value ?? listedValueOf(stamp, chain, blockTimeSeconds);
}

/** The same balance, always derived from the listed time to live. Pure. */
export function listedValueOf(stamp: SeenStamp, chain: ChainState, blockTimeSeconds: number): Plur | null {
  if (stamp.ttlSeconds === null) return null;
  const blocks = BigInt(Math.floor(stamp.ttlSeconds / blockTimeSeconds));
  return plur(chain.totalAmount + blocks * chain.price);
}
