import { type Depth, MIN_DEPTH } from '../domain/units.ts';

/**
 * How many bytes a stamp of this depth is promised to hold: 17 -> 40890. Far below 2^depth chunks, because the fullest of
 * 65,536 buckets decides (docs/bee.md#capacity).
 */
export function capacityOf(depth: Depth): number {
  return CAPACITIES[depth - MIN_DEPTH] ?? Math.floor(2 ** depth * CHUNK_BYTES * SHARE_OF_LARGE);
}

/**
 * The figures of bee-js for encrypted data with medium erasure coding, from depth 17 on. A test compares them with bee-js,
 * whose import takes a third of the start of the service.
 */
const CAPACITIES: readonly number[] = [
  40_890, 6_090_000, 102_490_000, 628_910_000, 2_380_000_000, 7_070_000_000, 18_240_000_000, 43_040_000_000,
  96_500_000_000, 208_520_000_000, 435_980_000_000, 908_810_000_000, 1_870_000_000_000, 3_810_000_000_000,
  7_730_000_000_000, 15_610_000_000_000, 31_430_000_000_000, 63_150_000_000_000, 126_710_000_000_000,
  254_010_000_000_000, 508_850_000_000_000, 1_020_000_000_000_000, 2_040_000_000_000_000,
  4_080_000_000_000_000, 8_170_000_000_000_000,
];
const CHUNK_BYTES = 4096;
/** Above the table. */
const SHARE_OF_LARGE = 0.9;
