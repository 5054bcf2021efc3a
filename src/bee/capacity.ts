import type { Depth } from '../domain/units.ts';

/** How many bytes a stamp of this depth is promised to hold: 17 -> 40890. */
export type Capacity = (depth: Depth) => number;

/**
 * The figures of bee-js for encrypted data with medium erasure coding. They are far below 2^depth chunks, because the
 * fullest of 65,536 buckets decides (docs/bee.md#capacity). Loading bee-js takes 130 ms: load it in parallel with the rest.
 */
export async function loadCapacity(): Promise<Capacity> {
  const { RedundancyLevel, Utils } = await import('@ethersphere/bee-js');
  return (depth) => Math.floor(Utils.getStampEffectiveBytes(depth, true, RedundancyLevel.MEDIUM));
}
