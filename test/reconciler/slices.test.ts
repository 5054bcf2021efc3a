import { expect, test } from 'vitest';
import { SLICE_SIZE, slicesOf, stampSlices } from '../../src/reconciler/slices.ts';
import { aStamp } from '../builders.ts';

test.for([0, 1, SLICE_SIZE, SLICE_SIZE + 1, 3 * SLICE_SIZE])(
  'all of %i stamps and items are in the slices, once and in order',
  async (count) => {
    const stamps = Array.from({ length: count }, (_, n) => aStamp({ n }));
    const read = async ({ after, limit }: Parameters<Parameters<typeof stampSlices>[0]>[0]) => {
      const start = after === null ? 0 : stamps.findIndex(({ batchId }) => batchId === after) + 1;
      return stamps.slice(start, start + limit);
    };
    for (const slices of [
      await Array.fromAsync(stampSlices(read)),
      await Array.fromAsync(slicesOf(stamps)),
    ]) {
      expect(slices.flat()).toEqual(stamps);
      expect(
        slices.map(({ length }) => length).filter((length) => length === 0 || length > SLICE_SIZE),
      ).toEqual([]);
    }
  },
);
