import type { ChainState, FreshObservation, SeenStamp } from '../domain/observation.ts';
import { type Plur, plur } from '../domain/units.ts';

/**
 * The balance of a batch, PLUR per chunk, with the cumulative out-payment in it: only top-ups and dilutions move it, no
 * time, no price and no clock (docs/bee.md#stale-fields). Exact where the node tells it, else reckoned back from the time to
 * live, which is told in whole seconds. null where that is not known either. Pure.
 */
export function valueOf(
  stamp: SeenStamp,
  { chain, values }: FreshObservation,
  blockTimeSeconds: number,
): Plur | null {
  return values.get(stamp.batchId) ?? listedValueOf(stamp, chain, blockTimeSeconds);
}

/** The same, always derived from the time to live that the list shows. Pure. */
export function listedValueOf(stamp: SeenStamp, chain: ChainState, blockTimeSeconds: number): Plur | null {
  if (stamp.ttlSeconds === null) return null;
  const blocks = BigInt(Math.floor(stamp.ttlSeconds / blockTimeSeconds));
  return plur(chain.totalAmount + blocks * chain.price);
}
