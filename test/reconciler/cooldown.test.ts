import { describe, expect, it } from 'vitest';
import type { AbandonedOrder } from '../../src/domain/order.ts';
import { plur } from '../../src/domain/units.ts';
import {
  nextCooldown,
  purchaseCooldown,
  purchaseHoldBlocks,
  topUpCooldown,
} from '../../src/reconciler/cooldown.ts';
import type { NodeStock } from '../../src/store/store.ts';
import { anOrder, aStamp, aTopUp, batchId } from '../builders.ts';
import { abandoned, aClaim } from './plan-input.ts';

const BLOCK_SECONDS = 5;
const DAY = 17_280;

const stockOf = (
  abandonedOrders: readonly AbandonedOrder[],
  lastShown: Partial<NodeStock['lastShown']> = {},
): NodeStock => ({
  depths: [],
  propagating: new Map(),
  toppedUp: [aStamp()],
  openOrders: [],
  abandonedOrders,
  lastShown: { purchaseBlock: null, topUps: new Map(), ...lastShown },
});
const abandonedInARow = (count: number, endedAtBlock = 1_000): AbandonedOrder[] =>
  Array.from({ length: count }, (_, n) =>
    abandoned(anOrder({ n: n + 1 }), { endedAtBlock: endedAtBlock + n }),
  );
const at = (block: number) => ({ block, blockTimeSeconds: BLOCK_SECONDS });

describe('the pause after purchases in a row that were abandoned', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 45],
    [3, 90],
    [4, 180],
    [10, 11_520],
    [11, DAY],
    [40, DAY],
  ])('is, after %i of them, %i blocks', (count, blocks) => {
    const stock = stockOf(abandonedInARow(count));
    const last = 1_000 + count - 1;
    expect(purchaseCooldown(stock, at(last))?.untilBlock ?? last).toBe(last + blocks);
    expect(purchaseCooldown(stock, at(last + blocks))).toBeNull();
  });

  it('is a day from the second purchase on, if Bee claimed that one of them was mined', () => {
    const first = [abandoned(anOrder({ n: 9 }), { claim: aClaim(900, { refuted: true }) })];
    expect(purchaseCooldown(stockOf(first), at(1_100))).toBeNull();
    expect(purchaseCooldown(stockOf([...first, ...abandonedInARow(1, 1_100)]), at(1_100))?.untilBlock).toBe(
      1_100 + DAY,
    );
  });

  it('counts only purchases that were sent, and ended after one was last shown', () => {
    expect(purchaseCooldown(stockOf(abandonedInARow(3), { purchaseBlock: 1_000 }), at(1_003))).toMatchObject({
      abandoned: 2,
    });
    expect(purchaseCooldown(stockOf(abandonedInARow(3), { purchaseBlock: 1_001 }), at(1_003))).toBeNull();
    const unsent = { ...abandoned(anOrder({ n: 9 }), { endedAtBlock: null }), sentAt: null };
    expect(purchaseCooldown(stockOf([...abandonedInARow(1), unsent]), at(1_003))).toBeNull();
    const planned = { ...unsent, endedAtBlock: 1_001 }; // the process ended before it was sent
    expect(purchaseCooldown(stockOf([...abandonedInARow(1), planned]), at(1_003))).toBeNull();
  });

  it('counts also those on a chain that has just begun', () => {
    expect(purchaseCooldown(stockOf(abandonedInARow(2, 0)), at(1))).toEqual({ abandoned: 2, untilBlock: 46 });
  });

  it('does not last forever if it began at a later block', () => {
    expect(purchaseCooldown(stockOf(abandonedInARow(2, 9_000_000)), at(1_000))).toBeNull();
  });

  it('is separate for the top-ups of each stamp', () => {
    const topUps = [1, 2].map((n) => abandoned(aTopUp({ n }), { endedAtBlock: 1_000 }));
    const stock = stockOf([...topUps, ...abandonedInARow(1)]);
    expect(topUpCooldown(stock, batchId(1), at(1_000))).toEqual({ abandoned: 2, untilBlock: 1_045 });
    expect(topUpCooldown(stock, batchId(2), at(1_000))).toBeNull();
    expect(purchaseCooldown(stock, at(1_000))).toBeNull();
    const shown = {
      topUps: new Map([[batchId(1), [900, 1_000].map((atBlock) => ({ amount: plur(1n), atBlock }))]]),
    };
    expect(topUpCooldown(stockOf(topUps, shown), batchId(1), at(1_000))).toBeNull();
  });

  it('that ends first is the next', () => {
    const topUps = [8, 9].map((n) => abandoned(aTopUp({ n }), { endedAtBlock: 1_000 }));
    expect(nextCooldown(stockOf([...topUps, ...abandonedInARow(3)]), at(1_010))?.untilBlock).toBe(1_045);
    expect(nextCooldown(stockOf([...topUps, ...abandonedInARow(3)]), at(1_045))?.untilBlock).toBe(1_092);
    expect(nextCooldown(stockOf([]), at(1_000))).toBeNull();
  });
});

it('holds purchases for a day of blocks, and seven times longer for each one in a row that was claimed and never shown', () => {
  const neverShown = (count: number): AbandonedOrder[] =>
    Array.from({ length: count }, (_, n) =>
      abandoned(anOrder({ n: n + 1 }), { endedAtBlock: 1_000, claim: aClaim(900) }),
    );
  expect([0, 1, 2].map((count) => purchaseHoldBlocks(stockOf(neverShown(count)), BLOCK_SECONDS))).toEqual([
    DAY,
    7 * DAY,
    49 * DAY,
  ]);
  expect(purchaseHoldBlocks(stockOf(neverShown(2), { purchaseBlock: 1_000 }), BLOCK_SECONDS)).toBe(DAY);
  expect(purchaseHoldBlocks(stockOf(abandonedInARow(2)), 1)).toBe(86_400);
  const topUps = [1, 2].map((n) => abandoned(aTopUp({ n }), { claim: aClaim(900) }));
  expect(purchaseHoldBlocks(stockOf(topUps), BLOCK_SECONDS), 'top-ups').toBe(DAY);
});
