import { BatchId, Utils } from '@ethersphere/bee-js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadCapacity } from '../../src/bee/capacity.ts';
import { costOf, depth, isBatchId, plur } from '../../src/domain/units.ts';

describe('the capacity of a stamp', () => {
  test('is limited by its fullest bucket, not by 2^depth chunks', async () => {
    const capacity = await loadCapacity();
    expect([17, 20, 22].map((count) => capacity(depth(count)))).toEqual([40_890, 628_910_000, 7_070_000_000]);
  });

  test('is an integer, grows with the depth, and is less than 2^depth chunks', async () => {
    const capacity = await loadCapacity();
    for (let count = 17; count < 60; count++) {
      const bytes = capacity(depth(count));
      expect(Number.isInteger(bytes)).toBe(true);
      expect(bytes).toBeLessThan(2 ** count * 4096);
      expect(bytes).toBeLessThan(capacity(depth(count + 1)));
    }
  });
});

describe('our units agree with bee-js', () => {
  test('a batch costs its amount times the number of its chunks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 17, max: 60 }),
        fc.bigInt({ min: 1n, max: 10n ** 20n }),
        (count, amount) => {
          expect(Utils.getStampCost(count, amount).toPLURBigInt()).toBe(costOf(plur(amount), depth(count)));
        },
      ),
    );
  });

  test('a batch id is 32 bytes in lowercase hex', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(isBatchId(new BatchId(bytes).toHex())).toBe(true);
      }),
    );
  });
});
