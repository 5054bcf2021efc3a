import { describe, expect, it } from 'vitest';
import type { BatchBalance, Claim } from '../../src/domain/order.ts';
import { depth, plur } from '../../src/domain/units.ts';
import type { ShownTopUp } from '../../src/store/store.ts';
import { aStamp, aTopUp, batchId, orderId } from '../builders.ts';
import {
  abandoned,
  aClaim,
  SYNCED,
  seenOf,
  sent,
  settle,
  settleInput,
  TIP,
  TOTAL_AMOUNT,
  unknown,
} from './plan-input.ts';

const stamp = aStamp({ ttlHours: 20 });
/** Twenty hours, and the five blocks of the node's lag. */
const LISTED_SECONDS = 20 * 3600 + 25;
/** The same at 24000 PLUR per block. */
const VALUE = TOTAL_AMOUNT + 14_405n * 24_000n;
const topUp: ReturnType<typeof aTopUp> = {
  ...aTopUp(),
  before: { ...aTopUp().before, value: plur(VALUE), listedValue: plur(VALUE) },
};
const BOUGHT_SECONDS = Number(topUp.amount / 24_000n) * 5;
const RISEN = { ttlSeconds: LISTED_SECONDS + BOUGHT_SECONDS };
const GROWN = { amount: plur(stamp.amount + topUp.amount) };

type Shown = Parameters<typeof seenOf>[1];
type Observed = Parameters<typeof settleInput>[1];
const balance = (value: bigint): Observed => ({
  batches: new Map([[batchId(1), { value: plur(value), depth: depth(17) }]]),
});

const found = (
  shown: Shown,
  observed: Observed = {},
  { before = {}, claim = null }: { before?: Partial<BatchBalance>; claim?: Claim | null } = {},
) => {
  const order = unknown({ ...topUp, before: { ...topUp.before, ...before } }, null, claim);
  return settle(
    settleInput({ stamps: [stamp], openOrders: [order] }, { ...observed, stamps: [seenOf(stamp, shown)] }),
  );
};
const settled = (...given: Parameters<typeof found>): boolean =>
  found(...given).changes.some(({ change }) => change === 'orderConfirmed');

describe('an unsettled top-up', () => {
  it('is confirmed at the block at which its balance and its listed time to live have risen', () => {
    const { changes, incidents } = found(RISEN, balance(VALUE + topUp.amount));
    expect(changes.slice(0, 2)).toEqual([
      { change: 'orderConfirmed', id: orderId(1), batchId: batchId(1), txHash: null, atBlock: SYNCED },
      { change: 'stampPaidFor', batchId: batchId(1), cost: topUp.cost },
    ]);
    expect(incidents).toEqual([]);
    expect(settled(RISEN, balance(VALUE + topUp.amount / 2n))).toBe(false);
  });

  it.each([
    ['the balance', {}, balance(VALUE + topUp.amount)],
    ['the amount', GROWN, {}],
  ] as const)('is claimed, not confirmed, while only %s has risen', (_what, shown, observed) => {
    const { changes, incidents } = found(shown, observed);
    expect(changes).toContainEqual({
      change: 'orderAnswered',
      id: orderId(1),
      batchId: batchId(1),
      txHash: null,
      atBlock: TIP,
    });
    expect(incidents).toEqual([]);
  });

  it('is not claimed while Bee may answer, or has, although its balance has risen', () => {
    const paid = { ...balance(VALUE + topUp.amount), stamps: [seenOf(stamp)] };
    const claimed = aClaim(TIP, { batchId: batchId(1) });
    for (const order of [sent(topUp), sent(topUp, claimed), unknown(topUp, null, claimed)])
      expect(settle(settleInput({ stamps: [stamp], openOrders: [order] }, paid)).changes).toEqual([]);
  });

  it('is paid for if its balance has risen by 99 % of its amount, and listed if its time to live has by 10 %', () => {
    const risenBy = (percent: bigint, secondsPercent: number) =>
      found(
        { ttlSeconds: LISTED_SECONDS + Math.ceil((BOUGHT_SECONDS * secondsPercent) / 100) },
        balance(VALUE + (topUp.amount * percent) / 100n),
      ).changes.map(({ change }) => change)[0];
    expect([risenBy(99n, 11), risenBy(99n, 9), risenBy(98n, 100)]).toEqual([
      'orderConfirmed',
      'orderAnswered',
      'orderQuiet',
    ]);
    const round = { ...topUp, amount: plur(10n * 1_000n * 24_000n) };
    const listedFor = (laterSeconds: number) => {
      const stamps = [seenOf(stamp, { ttlSeconds: LISTED_SECONDS + laterSeconds })];
      const given = { ...balance(VALUE + round.amount), stamps };
      return settle(settleInput({ stamps: [stamp], openOrders: [unknown(round)] }, given)).changes[0]?.change;
    };
    expect([listedFor(5_000), listedFor(4_995)]).toEqual(['orderConfirmed', 'orderAnswered']);
    const exactly = (topUp.amount * 99n) / 100n;
    expect(settled(RISEN, balance(VALUE + exactly))).toBe(true);
    expect(settled(RISEN, balance(VALUE + exactly - 1n))).toBe(false);
  });

  it('that is not shown is abandoned 45 blocks after the last pending transaction', () => {
    const openOrders = [unknown(topUp, SYNCED - 45)];
    const shown = { ...balance(VALUE), stamps: [seenOf(stamp)] };
    expect(settle(settleInput({ stamps: [stamp], openOrders }, shown))).toMatchObject({
      changes: [{ change: 'orderAbandoned', id: orderId(1), atBlock: SYNCED }],
      incidents: [{ code: 'TOP_UP_ABANDONED', subject: orderId(1) }],
    });
  });

  it('is confirmed by an amount grown by exactly its own', () => {
    expect(settled({ ...GROWN, ...RISEN }, balance(VALUE))).toBe(true);
    expect(settled({ ...RISEN, amount: plur(stamp.amount + topUp.amount + 1n) }, balance(VALUE))).toBe(false);
  });

  it('is confirmed by the time to live if the node shows nothing else', () => {
    expect(settled(RISEN)).toBe(true);
    expect(settled({ ttlSeconds: RISEN.ttlSeconds - BOUGHT_SECONDS / 3 })).toBe(false);
    expect(settled({ ttlSeconds: null })).toBe(false);
  });

  it('is not confirmed by a lower price, or by a clock that was set forward', () => {
    expect(settled({ ttlSeconds: 2 * LISTED_SECONDS }, { price: 12_000n })).toBe(false);
    const before = { expiresAt: new Date(stamp.expiresAt.getTime() - 100 * 3_600_000) };
    expect(settled({}, {}, { before })).toBe(false);
  });

  it('that was planned without a known balance is confirmed by its amount, if the list shows a time to live', () => {
    const before = { value: null, listedValue: null };
    expect(settled({ ttlSeconds: 10_000_000 }, {}, { before })).toBe(false);
    expect(settled(GROWN, {}, { before })).toBe(true);
    expect(settled({ ...GROWN, ttlSeconds: null }, {}, { before })).toBe(false);
  });

  it('that was planned while the list showed no time to live is confirmed when the list shows more than the balance before', () => {
    const observed = balance(VALUE + topUp.amount);
    const before = { listedValue: null };
    expect(settled({ ttlSeconds: LISTED_SECONDS }, observed, { before })).toBe(false);
    expect(settled(RISEN, observed, { before })).toBe(true);
  });

  it('is confirmed with half of the time to live if the batch was diluted since', () => {
    const halved = { ...GROWN, depth: depth(18), ttlSeconds: Math.floor(RISEN.ttlSeconds / 2) };
    expect(settled(halved, balance(VALUE))).toBe(true);
    const quartered = { ...GROWN, depth: depth(19), ttlSeconds: Math.floor(RISEN.ttlSeconds / 4) };
    expect(settled(quartered, balance(VALUE))).toBe(true);
    expect(settled({ ...halved, ttlSeconds: LISTED_SECONDS / 2 }, balance(VALUE))).toBe(false);
  });

  it('is confirmed on a node whose block time is a third of the setting', () => {
    const third = (seconds: number) => Math.floor(seconds / 3);
    const before = { listedValue: plur(TOTAL_AMOUNT + 4_801n * 24_000n) };
    const observed = balance(VALUE + topUp.amount);
    expect(settled({ ttlSeconds: third(RISEN.ttlSeconds) }, observed, { before })).toBe(true);
    expect(settled({ ttlSeconds: third(LISTED_SECONDS) }, observed, { before })).toBe(false);
  });

  it('that was abandoned is confirmed by a balance that has grown by exactly its amount, whatever the list shows', () => {
    const given = (value: bigint) =>
      settle(
        settleInput(
          { stamps: [stamp], abandonedOrders: [abandoned(topUp)] },
          { ...balance(value), stamps: [seenOf(stamp)] },
        ),
      );
    const { changes, incidents } = given(VALUE + topUp.amount);
    expect(changes).toMatchObject([{ change: 'orderConfirmed' }, { change: 'stampPaidFor' }]);
    expect(incidents).toEqual([
      { code: 'TOP_UP_LATE', subject: orderId(1), detail: expect.stringContaining(batchId(1)) },
    ]);
    expect(given(VALUE + topUp.amount + 1n)).toMatchObject({ changes: [], incidents: [] });
  });
});

describe('of several top-ups of a stamp', () => {
  const [first, second, third] = [1, 2, 3].map((n) => ({
    ...topUp,
    id: orderId(n),
    amount: plur(topUp.amount + BigInt(n * n)),
    plannedAtBlock: 1_000 + n * 100,
  }));
  if (!first || !second || !third) throw new Error('there are three');
  /** Which are confirmed when the balance of the stamp has grown by that. */
  const confirmedBy = (grown: bigint, { open = [], late = [], shown = [] }: Several): readonly string[] =>
    settle(
      settleInput(
        {
          stamps: [stamp],
          openOrders: open.map((order) => unknown(order)),
          abandonedOrders: late.map((order) => abandoned(order)),
          lastShown: { purchaseBlock: null, topUps: new Map([[batchId(1), shown]]) },
        },
        { ...balance(VALUE + grown), stamps: [seenOf(stamp, RISEN)] },
      ),
    ).changes.flatMap((one) => (one.change === 'orderConfirmed' ? one.id : []));
  interface Several {
    readonly open?: readonly (typeof topUp)[];
    readonly late?: readonly (typeof topUp)[];
    readonly shown?: readonly ShownTopUp[];
  }
  const shownAt = (atBlock: number, { amount } = second): ShownTopUp => ({ amount, atBlock });

  it('an abandoned one is confirmed beside those that the node has shown since it was planned', () => {
    const late = [first];
    const both = first.amount + second.amount;
    expect(confirmedBy(both, { late, shown: [shownAt(1_250)] })).toEqual([first.id]);
    expect(confirmedBy(both, { late, shown: [shownAt(1_100)] }), 'its balance before has the other').toEqual(
      [],
    );
    expect(confirmedBy(both + 1n, { late, shown: [shownAt(1_250)] })).toEqual([]);
    const shown = [shownAt(1_250), shownAt(1_350, third)];
    expect(confirmedBy(both + third.amount, { late, shown })).toEqual([first.id]);
    expect(confirmedBy(second.amount + third.amount, { late, shown })).toEqual([]);
  });

  it('an abandoned one is not confirmed by twice its amount, or by its amount with that of a top-up of another stamp', () => {
    expect(confirmedBy(2n * first.amount, { late: [first] })).toEqual([]);
    const elsewhere = { ...second, batchId: batchId(2) };
    const grown = first.amount + second.amount;
    expect(confirmedBy(grown, { late: [first, second] })).toEqual([first.id, second.id]);
    expect(confirmedBy(grown, { late: [first, elsewhere] })).toEqual([]);
  });

  it('all that were made are confirmed by the same observation', () => {
    const all = { open: [third], late: [first, second] };
    const made = (...orders: readonly (typeof topUp)[]) =>
      confirmedBy(
        orders.reduce((sum, { amount }) => sum + amount, 0n),
        all,
      );
    expect(made(first, second, third)).toEqual([third, first, second].map(({ id }) => id));
    expect(made(first, third)).toEqual([third.id, first.id]);
    expect(made(first, second)).toEqual([first.id, second.id]);
    expect(made(second)).toEqual([second.id]);
    expect(made(third)).toEqual([third.id]);
  });

  it('an open one is not confirmed by what an abandoned one has added since it was planned', () => {
    const open = [second];
    expect(confirmedBy(first.amount, { open, shown: [shownAt(1_250, first)] })).toEqual([]);
    expect(confirmedBy(first.amount, { open, shown: [shownAt(1_200, first)] })).toEqual([second.id]);
    expect(confirmedBy(first.amount + second.amount, { open, shown: [shownAt(1_250, first)] })).toEqual([
      second.id,
    ]);
  });

  it('the last ten are tried together', () => {
    const many = Array.from({ length: 12 }, (_, n) => ({
      ...topUp,
      id: orderId(10 + n),
      amount: plur(topUp.amount + 2n ** BigInt(n)),
    }));
    const confirmed = (...made: readonly number[]) =>
      confirmedBy(
        many.reduce((sum, { amount }, index) => sum + (made.includes(index) ? amount : 0n), 0n),
        { late: many },
      ).length;
    expect([confirmed(2, 11), confirmed(0, 11)]).toEqual([2, 1]);
  });
});

describe('a claimed top-up', () => {
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

  it('is overdue 120 blocks after the first one that could be read, with an incident', () => {
    expect(hidden(null)).toMatchObject({
      changes: [{ change: 'orderAnswered', atBlock: TIP }],
      incidents: [],
    });
    expect(hidden(TIP + 1)).toMatchObject({ changes: [{ change: 'orderAnswered', atBlock: TIP }] });
    expect(hidden(SYNCED - 119)).toMatchObject({ changes: [], incidents: [] });
    expect(hidden(SYNCED - 120)).toMatchObject({
      changes: [{ change: 'orderOverdue', id: orderId(1) }],
      incidents: [
        {
          code: 'TOP_UP_NOT_SHOWN',
          subject: orderId(1),
          detail: expect.stringContaining(`${batchId(1)} was topped up`),
        },
      ],
    });
    expect(hidden(SYNCED - 121, true)).toMatchObject({ changes: [], incidents: [] });
  });

  it('is abandoned a day after its answer, but not while its stamp is in the pool', () => {
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
