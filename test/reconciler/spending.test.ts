import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/domain/policy.ts';
import { costOf, depth, plur } from '../../src/domain/units.ts';
import {
  costOfTargets,
  dailyLimit,
  MAX_AMOUNT_NONCE,
  purchaseAmount,
  topUpAmount,
} from '../../src/reconciler/spending.ts';
import { aPolicy } from '../virtual/world.ts';
import { fresh } from './plan-input.ts';

const PRICE = 24_000n;
/** Blocks of 5 s. */
const HOUR_BLOCKS = 720n;
const WEEK_BLOCKS = 168n * HOUR_BLOCKS;
const { chain } = fresh({ price: PRICE });

describe('the amount of a purchase', () => {
  const amountOf = (ttlJitter: number, wishes: Partial<Policy> = {}): bigint =>
    purchaseAmount(aPolicy(wishes), chain, { ttlJitter, amountNonce: 7n });

  it('is the price of the default duration and one hour more, plus the nonce', () => {
    expect(amountOf(0)).toBe(PRICE * (WEEK_BLOCKS + HOUR_BLOCKS) + 7n);
    expect(amountOf(0, { defaultDurationSeconds: 48 * 3600 })).toBe(PRICE * 49n * HOUR_BLOCKS + 7n);
  });

  it('is spread over 2.5 % of the duration', () => {
    expect(amountOf(0.5)).toBe(PRICE * ((WEEK_BLOCKS * 1_0125n) / 10_000n + HOUR_BLOCKS) + 7n);
    expect(amountOf(1)).toBe(PRICE * ((WEEK_BLOCKS * 1_025n) / 1_000n + HOUR_BLOCKS) + 7n);
  });

  it('covers the block in which the duration ends', () => {
    expect(amountOf(0, { defaultDurationSeconds: 168 * 3600 + 1 })).toBe(
      PRICE * (WEEK_BLOCKS + HOUR_BLOCKS + 1n) + 7n,
    );
    expect(amountOf(0, { blockTimeSeconds: 7 })).toBe(PRICE * 86_915n + 7n); // 608,400 s
  });
});

describe('the amount of a top-up', () => {
  it('is the price of the configured hours, plus the nonce', () => {
    const amount = topUpAmount(aPolicy({ topUpSeconds: 48 * 3600 }), chain, {
      ttlJitter: 1,
      amountNonce: 7n,
    });
    expect(amount).toBe(PRICE * 48n * HOUR_BLOCKS + 7n);
  });
});

describe('a short duration', () => {
  const short = aPolicy({ topUpSeconds: 3600, defaultDurationSeconds: 3600 });
  const amounts = (minimumValidityBlocks: number | null) => {
    const variation = { ttlJitter: 0, amountNonce: 7n };
    const at = { ...chain, minimumValidityBlocks };
    return [purchaseAmount(short, at, variation), topUpAmount(short, at, variation)];
  };

  it('costs the least that the contract accepts, and 5 % more in case the price rises', () => {
    const least = (PRICE * 10_000n * 105n) / 100n + 1n + 7n;
    expect(amounts(10_000)).toEqual([least, least]);
    const usual = (PRICE * 17_280n * 105n) / 100n + 1n + 7n;
    expect(amounts(null)).toEqual([usual, usual]);
  });

  it('costs what it takes if that is more', () => {
    expect(amounts(100)).toEqual([PRICE * 2n * HOUR_BLOCKS + 7n, PRICE * HOUR_BLOCKS + 7n]);
  });
});

it('targets cost what their stamps cost', () => {
  const targets = [
    [depth(17), 2],
    [depth(20), 3],
  ] as const;
  expect(costOfTargets(targets, plur(5n))).toBe(5n * (2n * 2n ** 17n + 3n * 2n ** 20n));
  expect(costOfTargets([], plur(5n))).toBe(0n);
});

describe('the daily limit', () => {
  const most = purchaseAmount(aPolicy(), chain, { ttlJitter: 1, amountNonce: BigInt(MAX_AMOUNT_NONCE) });
  const small = costOf(most, depth(17));
  const usual = small + costOf(most, depth(20));
  const limit = (
    wishes: Partial<Policy>,
    {
      walletBzz = 0n,
      spentLastDay = 0n,
      minimumValidityBlocks = null,
    }: { walletBzz?: bigint | null; spentLastDay?: bigint; minimumValidityBlocks?: number | null } = {},
  ): bigint =>
    dailyLimit(aPolicy(wishes), {
      chain: { ...chain, minimumValidityBlocks },
      walletBzz: walletBzz === null ? null : plur(walletBzz),
      spentLastDay: plur(spentLastDay),
    });
  const targets = (count: number): Partial<Policy> => ({ targets: new Map([[depth(17), count]]) });

  it('is the setting, whatever the targets are', () => {
    expect(limit({ ...targets(1_000), maxSpendPerDay: plur(5n) })).toBe(5n);
  });

  it('is ten times what a full reserve costs at most', () => {
    expect(limit({})).toBe(10n * usual);
    expect(limit(targets(1))).toBe(10n * small);
    expect(limit(targets(2))).toBe(10n * (2n * small));
  });

  it('does not grow with the least duration that the node states', () => {
    expect(limit({}, { minimumValidityBlocks: 17_280_000 })).toBe(10n * usual);
    expect(limit({}, { walletBzz: 40_000n * usual, minimumValidityBlocks: 17_280_000 })).toBe(10n * usual);
  });

  it('has room for the canary', () => {
    expect(limit({ ...targets(1), canaryIntervalSeconds: 600 })).toBe(10n * (2n * small));
  });

  it('is at most a quarter of what the wallets held a day ago, or ten usual reserves', () => {
    expect(limit(targets(1_000))).toBe(10n * usual);
    expect(limit(targets(1_000), { walletBzz: null, spentLastDay: 400n * usual })).toBe(10n * usual);
    expect(limit(targets(1_000), { walletBzz: 40n * usual })).toBe(10n * usual);
    expect(limit(targets(1_000), { walletBzz: 40n * usual, spentLastDay: 40n * usual })).toBe(20n * usual);
    expect(limit(targets(1), { walletBzz: 4_000n * usual })).toBe(10n * small);
  });
});
