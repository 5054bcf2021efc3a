import { expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { createArrivals } from '../../src/pool/arrivals.ts';
import { Levels } from '../../src/signals/levels.ts';
import { anOrder, seconds, T0 } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';

const SMALL = depth(17);
const MEDIUM = depth(20);

it('reads the store at most once per second, however many subscribers ask', async () => {
  const level = { depth: SMALL, available: 0, onOrder: 1, tooShortLived: 0, withheld: [] };
  const depths = [level, { ...level, depth: MEDIUM, onOrder: 0 }];
  const snapshot = { revision: 1, depths };
  const levels = new Levels(snapshot, {
    policy: aPolicy(),
    readSnapshot: async () => snapshot,
    now: () => T0,
  });
  let nowMs = 5_000;
  let reads = 0;
  const arrivesAt = createArrivals({
    store: {
      openOrders: async () => [anOrder({ plannedAt: seconds(594 + ++reads) })],
      firstPropagating: async () => new Map([[MEDIUM, seconds(500)]]),
      leadTimesSeconds: async () => [120],
    },
    levels,
    clock: { monotonicMs: () => nowMs },
    expiryClock: { now: () => seconds(600) },
    policy: aPolicy(),
  });
  expect(await Promise.all([arrivesAt(SMALL), arrivesAt(SMALL)])).toEqual([seconds(715), seconds(715)]);
  nowMs += 999;
  await arrivesAt(SMALL);
  expect(reads).toBe(1);
  nowMs += 1;
  await arrivesAt(SMALL);
  expect(reads).toBe(2);
  nowMs += 1000;
  expect([await arrivesAt(MEDIUM), await arrivesAt(depth(22)), reads]).toEqual([null, null, 2]); // nothing is on order
});
