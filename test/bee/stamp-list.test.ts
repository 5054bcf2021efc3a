import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { StampList } from '../../src/bee/stamp-list.ts';
import type { SeenStamp } from '../../src/domain/observation.ts';
import { depth, parseBatchId, plur } from '../../src/domain/units.ts';
import { aStamp, batchId } from '../builders.ts';
import { seenOf } from '../reconciler/plan-input.ts';

const stamps: fc.Arbitrary<SeenStamp> = fc.record({
  batchId: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => parseBatchId(Buffer.from(bytes).toString('hex'))),
  depth: fc.integer({ min: 17, max: 255 }).map(depth),
  amount: fc.bigInt({ min: 0n, max: 2n ** 256n }).map(plur),
  immutable: fc.option(fc.boolean()),
  usable: fc.boolean(),
  utilization: fc.maxSafeNat(),
  label: fc.option(fc.string()),
  blockNumber: fc.maxSafeNat(),
  ttlSeconds: fc.option(fc.maxSafeNat()),
});

it('a list of stamps has what was added, in that order, and finds each by its id', () => {
  const property = fc.property(
    fc.uniqueArray(stamps, { selector: (stamp) => stamp.batchId, maxLength: 300, size: 'max' }),
    (added) => {
      const list = StampList.of(added);
      expect([...list]).toEqual(added);
      expect(list.size).toBe(added.length);
      for (const stamp of added) expect(list.get(stamp.batchId)).toEqual(stamp);
      expect(list.get(batchId(1_000_001))).toBeUndefined();
      expect(list.placeOf(batchId(1_000_001))).toBeUndefined();
      const marks = new Uint8Array(list.size);
      const known = added.filter((_, index) => index % 3 === 1);
      for (const stamp of known) marks[list.placeOf(stamp.batchId) ?? -1] = 1;
      expect([...list.unmarked(marks)]).toEqual(added.filter((stamp) => !known.includes(stamp)));
    },
  );
  fc.assert(property, { numRuns: 60 });
});

it('a list of stamps takes no batch twice', () => {
  fc.assert(
    fc.property(stamps, stamps, (one, other) => {
      const list = StampList.of([one]);
      expect(list.add({ ...other, batchId: one.batchId })).toBe(false);
      expect([...list]).toEqual([one]);
    }),
  );
});

it('a list of stamps takes the batch id of zeros like any other, however long the list is', () => {
  const zeros = parseBatchId('0'.repeat(64));
  for (const size of [0, 1, 63, 64, 65, 127, 128, 256]) {
    const list = StampList.of(Array.from({ length: size }, (_, n) => seenOf(aStamp({ n: n + 1 }))));
    const added = { ...seenOf(aStamp()), batchId: zeros };
    expect([list.get(zeros), list.add(added), list.add(added), list.size]).toEqual([
      undefined,
      true,
      false,
      size + 1,
    ]);
    expect([list.get(zeros), [...list].at(-1)]).toEqual([added, added]);
  }
});
