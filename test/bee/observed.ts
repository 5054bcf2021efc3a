import type { Bee } from '../../src/bee/bee.ts';
import type { BatchId } from '../../src/domain/units.ts';

/** An observation whose list of stamps is an array, to compare with. */
export async function observed(bee: Bee, valuesOf: readonly BatchId[] = []) {
  const seen = await bee.observe(valuesOf);
  return seen.is === 'complete' ? { ...seen, stamps: [...seen.stamps] } : seen;
}
