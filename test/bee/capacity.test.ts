import { BatchId, RedundancyLevel, Utils } from '@ethersphere/bee-js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capacityOf } from '../../src/bee/capacity.ts';
import { costOf, depth, isBatchId, MAX_DEPTH, MIN_DEPTH, plur } from '../../src/domain/units.ts';

describe('the capacity of a stamp', () => {
  test('is that of bee-js for encrypted data with medium erasure coding', () => {
    for (let count = MIN_DEPTH; count <= MAX_DEPTH; count++)
      expect(capacityOf(depth(count))).toBe(
        Math.floor(Utils.getStampEffectiveBytes(count, true, RedundancyLevel.MEDIUM)),
      );
  });

  test('is limited by its fullest bucket, not by 2^depth chunks', () => {
    expect([17, 20, 22].map((count) => capacityOf(depth(count)))).toEqual([
      40_890, 628_910_000, 7_070_000_000,
    ]);
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
