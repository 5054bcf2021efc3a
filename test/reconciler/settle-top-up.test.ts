import { describe, expect, it } from 'vitest';
import type { BatchBalance, Claim } from '../../src/domain/order.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { settle } from '../../src/reconciler/settle.ts';
import { aStamp, aTopUp, batchId, orderId } from '../builders.ts';
import {
  abandoned,
  aClaim,
  SYNCED,
  seenOf,
  sent,
  settleInput,
  TIP,
  TOTAL_AMOUNT,
  unknown,
} from './plan-input.ts';

const stamp = aStamp({ ttlHours: 20 });
/** Twenty hours and the five blocks that the node lags behind, in seconds. */
const LISTED_SECONDS = 20 * 3600 + 25;
/** The same at 24000 PLUR a block. */
const VALUE = TOTAL_AMOUNT + 14_405n * 24_000n;
const topUp: ReturnType<typeof aTopUp> = {
  ...aTopUp(),
  before: { ...aTopUp().before, value: plur(VALUE), listedValue: plur(VALUE) },
};
const BOUGHT_SECONDS = Number(topUp.amount / 24_000n) * 5;
const RISEN = { ttlSeconds: LISTED_SECONDS + BOUGHT_SECONDS };
const GROWN = { amount: plur(stamp.amount + topUp.amount) };

type Shown = Parameters<typeof seenOf>[1];
type Sight = Parameters<typeof settleInput>[1];
const told = (value: bigint): Sight => ({ values: new Map([[batchId(1), plur(value)]]) });

const found = (
  shown: Shown,
  sight: Sight = {},
  { before = {}, claim = null }: { before?: Partial<BatchBalance>; claim?: Claim | null } = {},
) => {
  const order = unknown({ ...topUp, before: { ...topUp.before, ...before } }, null, claim);
  return settle(
    settleInput({ stamps: [stamp], openOrders: [order] }, { ...sight, stamps: [seenOf(stamp, shown)] }),
  );
};
const settled = (...given: Parameters<typeof found>): boolean =>
  found(...given).changes.some(({ change }) => change === 'orderConfirmed');

describe('an unsettled top-up', () => {
  it('is confirmed when its balance and the time to live in the list have risen, at the block that showed it', () => {
    expect(found(RISEN, told(VALUE + topUp.amount)).changes.slice(0, 2)).toEqual([
      { change: 'orderConfirmed', id: orderId(1), batchId: batchId(1), txHash: null, atBlock: SYNCED },
      { change: 'stampPaidFor', batchId: batchId(1), cost: topUp.cost },
    ]);
    expect(settled(RISEN, told(VALUE + topUp.amount / 2n))).toBe(false);
  });

  it.each([
    ['the balance', {}, told(VALUE + topUp.amount)],
    ['the amount', GROWN, {}],
  ] as const)('is not confirmed while only %s has risen, but known to be paid', (_what, shown, sight) => {
    expect(found(shown, sight).changes).toContainEqual({
      change: 'orderAnswered',
      id: orderId(1),
      batchId: batchId(1),
      txHash: null,
      atBlock: TIP,
    });
  });

  it('is confirmed by an amount grown by exactly its own', () => {
    expect(settled({ ...GROWN, ...RISEN }, told(VALUE))).toBe(true);
    expect(settled({ ...RISEN, amount: plur(stamp.amount + topUp.amount + 1n) }, told(VALUE))).toBe(false);
  });

  it('is confirmed by the time to live on a node that tells nothing else', () => {
    expect(settled(RISEN)).toBe(true);
    expect(settled({ ttlSeconds: RISEN.ttlSeconds - BOUGHT_SECONDS / 3 })).toBe(false);
    expect(settled({ ttlSeconds: null })).toBe(false);
  });

  it('is not confirmed by a time to live that the price has doubled, nor by a clock that was set forward', () => {
    expect(settled({ ttlSeconds: 2 * LISTED_SECONDS }, { price: 12_000n })).toBe(false);
    const before = { expiresAt: new Date(stamp.expiresAt.getTime() - 100 * 3_600_000) };
    expect(settled({}, {}, { before })).toBe(false);
  });

  it('that was planned when no balance was known is confirmed by its amount, when the list shows a time to live', () => {
    const before = { value: null, listedValue: null };
    expect(settled({ ttlSeconds: 10_000_000 }, {}, { before })).toBe(false);
    expect(settled(GROWN, {}, { before })).toBe(true);
    expect(settled({ ...GROWN, ttlSeconds: null }, {}, { before })).toBe(false);
  });

  it('is shown with half of the time to live when the batch has been diluted since', () => {
    const halved = { ...GROWN, depth: depth(18), ttlSeconds: Math.floor(RISEN.ttlSeconds / 2) };
    expect(settled(halved, told(VALUE))).toBe(true);
    expect(settled({ ...halved, ttlSeconds: LISTED_SECONDS / 2 }, told(VALUE))).toBe(false);
  });

  it('is shown on a node whose block time is a third of what is configured', () => {
    const third = (seconds: number) => Math.floor(seconds / 3);
    const before = { listedValue: plur(TOTAL_AMOUNT + 4_801n * 24_000n) };
    const sight = told(VALUE + topUp.amount);
    expect(settled({ ttlSeconds: third(RISEN.ttlSeconds) }, sight, { before })).toBe(true);
    expect(settled({ ttlSeconds: third(LISTED_SECONDS) }, sight, { before })).toBe(false);
  });

  it('that was given up is confirmed by a balance grown by exactly its own, whatever the list shows', () => {
    const given = (value: bigint) =>
      settle(
        settleInput(
          { stamps: [stamp], abandonedOrders: [abandoned(topUp)] },
          { ...told(value), stamps: [seenOf(stamp)] },
        ),
      ).changes;
    expect(given(VALUE + topUp.amount)).toMatchObject([
      { change: 'orderConfirmed' },
      { change: 'stampPaidFor' },
    ]);
    expect(given(VALUE + topUp.amount + 1n)).toEqual([]);
  });
});

describe('a top-up that Bee has confirmed', () => {
  const claim = (atBlock: number | null, overdue = false): Claim =>
    aClaim(atBlock, { batchId: batchId(1), overdue });
  const hidden = (atBlock: number | null, overdue = false) =>
    found({}, {}, { claim: claim(atBlock, overdue) });

  it('is confirmed with its transaction when the node shows it', () => {
    expect(found(RISEN, {}, { claim: claim(TIP) }).changes[0]).toMatchObject({
      change: 'orderConfirmed',
      txHash: '0xab',
    });
  });

  it('is waited for from the first block that could be read, and is overdue with an incident after 120', () => {
    expect(hidden(null)).toMatchObject({
      changes: [{ change: 'orderAnswered', atBlock: TIP }],
      incidents: [],
    });
    expect(hidden(TIP + 1)).toMatchObject({ changes: [{ change: 'orderAnswered', atBlock: TIP }] });
    expect(hidden(SYNCED - 119)).toMatchObject({ changes: [], incidents: [] });
    expect(hidden(SYNCED - 120)).toMatchObject({
      changes: [{ change: 'orderOverdue', id: orderId(1) }],
      incidents: [
        { code: 'TOP_UP_NOT_SHOWN', subject: orderId(1), detail: expect.stringContaining(batchId(1)) },
      ],
    });
    expect(hidden(SYNCED - 121, true)).toMatchObject({ changes: [], incidents: [] });
  });

  it('is not given up while its stamp is in the pool, and a day after its answer otherwise', () => {
    const overdue = sent(topUp, claim(SYNCED - 17_280, true));
    const given = (stamps: readonly (typeof stamp)[], claimed = overdue) =>
      settle(settleInput({ stamps, openOrders: [claimed] }, { stamps: stamps.map((one) => seenOf(one)) }));
    expect(given([stamp]).changes).toEqual([]);
    expect(given([], sent(topUp, claim(SYNCED - 17_279, true))).changes).toEqual([]);
    expect(given([])).toMatchObject({
      changes: [{ change: 'orderAbandoned', atBlock: SYNCED }],
      incidents: [{ code: 'TOP_UP_ABANDONED' }],
    });
  });
});
