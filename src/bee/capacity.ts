import type { Depth } from '../domain/units.ts';

/** What a stamp of this depth can be promised to hold, in whole bytes: 17 -> 40890. */
export type Capacity = (depth: Depth) => number;

/**
 * Encrypted and with medium erasure coding, the dearest that clients commonly ask for. Far less than 2^depth chunks: the
 * fullest of 65,536 buckets decides (docs/bee.md#capacity).
 *
 * The figures are bee-js's. Loading it takes some 130 ms, so start this beside what else starts.
 */
export async function loadCapacity(): Promise<Capacity> {
  const { RedundancyLevel, Utils } = await import('@ethersphere/bee-js');
  return (depth) => Math.floor(Utils.getStampEffectiveBytes(depth, true, RedundancyLevel.MEDIUM));
}
