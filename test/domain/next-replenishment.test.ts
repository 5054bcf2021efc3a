import { expect, test } from 'vitest';
import type { Spending } from '../../src/domain/maintenance-run.ts';
import { nextReplenishment } from '../../src/domain/next-replenishment.ts';
import { depth, plur } from '../../src/domain/units.ts';

const spending = (missing: bigint): Spending => ({
  fullReserve: plur(3n * 2n ** 17n * 7n + 2n ** 20n * 7n),
  nextReplenishment: plur(missing),
  lastDay: plur(0n),
  dailyLimit: plur(0n),
});

const DEPTHS = [
  { depth: depth(17), target: 3, available: 1, onOrder: 1 },
  { depth: depth(20), target: 1, available: 2, onOrder: 0 },
];

test('what is missing costs what the run of one node says, and of several nodes what the levels lack', () => {
  expect(nextReplenishment([], DEPTHS)).toBeNull();
  expect(nextReplenishment([spending(5n)], DEPTHS)).toBe(5n);
  expect(nextReplenishment([spending(5n), spending(5n)], DEPTHS)).toBe(2n ** 17n * 7n);
  expect(nextReplenishment([spending(5n), spending(5n)], [])).toBe(0n);
});
