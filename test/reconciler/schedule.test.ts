import { describe, expect, it } from 'vitest';
import type { Action, Hold, HoldCode } from '../../src/domain/action.ts';
import type { LiveStamp } from '../../src/domain/stamp.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { isNodeChanged, isUnderWay, nextRunInMs, type ScheduleInput } from '../../src/reconciler/schedule.ts';
import { anOrder, aPropagatingStamp, aStamp, aTopUp, batchId, hours, T0 } from '../builders.ts';
import { runStock, type WholeStock } from '../stock-of.ts';
import { aPolicy } from '../virtual/world.ts';
import { abandoned, aClaim, sent, unknown } from './plan-input.ts';

const INTERVAL_MS = 900_000;
const BLOCK_MS = 5_000;
const BLOCK = 2_000;

const stockOf = (stock: Partial<WholeStock> = {}) =>
  runStock(
    {
      stamps: [],
      openOrders: [],
      abandonedOrders: [],
      lastShown: { purchaseBlock: null, topUps: new Map() },
      ...stock,
    },
    0,
    T0,
  );
const waitMs = (wishes: Partial<ScheduleInput> = {}): number =>
  nextRunInMs({
    stock: stockOf(),
    listed: 0,
    isStampUnderWay: false,
    block: BLOCK,
    actions: [],
    sending: false,
    isCanaryListed: false,
    hasSlowTransaction: false,
    failures: 0,
    jitter: 1,
    policy: aPolicy(),
    ...wishes,
  });
const hold = (code: HoldCode): Hold => ({ do: 'hold', code, depth: null, cost: null, reason: 'a test' });
const common = { depth: depth(17), reason: 'a test' };
const paid = { ...common, amount: plur(1n), cost: plur(1n) };
const DONE = {
  buy: { ...paid, do: 'buy', purpose: 'reserve' },
  topUp: { ...paid, do: 'topUp', batchId: batchId(1), before: aTopUp().before },
  adopt: { ...common, do: 'adopt', batchId: batchId(1) },
  expire: { ...common, do: 'expire', batchId: batchId(1) },
} as const satisfies Record<string, Action>;

describe('the next run', () => {
  it('is due after the interval if nothing is under way', () => {
    expect(waitMs()).toBe(INTERVAL_MS);
    expect(waitMs({ actions: [DONE.expire, hold('NOTHING_TO_DO'), hold('BUDGET')] })).toBe(INTERVAL_MS);
    expect(waitMs({ policy: aPolicy({ runIntervalSeconds: 60 }) })).toBe(60_000);
  });

  it('is due three times before the stamps of the node are withheld', () => {
    expect(waitMs({ policy: aPolicy({ nodeAwaySeconds: 60 }) })).toBe(20_000);
  });

  it.each<[string, Partial<ScheduleInput>]>([
    ['a stamp is under way', { isStampUnderWay: true }],
    ['a request is under way', { sending: true }],
    ['the canary is listed and not usable', { isCanaryListed: true }],
    ['another node answers', { actions: [hold('NODE_CHANGED')], failures: 5 }],
    ['it bought', { actions: [hold('BUDGET'), DONE.buy] }],
    ['it topped up', { actions: [DONE.topUp] }],
    ['it adopted', { actions: [DONE.adopt] }],
    ['an operation is under way', { actions: [hold('BUSY')] }],
    ['it backs off', { actions: [hold('BACKING_OFF')] }],
    ['a transaction is pending', { actions: [hold('TRANSACTION_PENDING')] }],
    ['another node buys', { actions: [hold('OTHER_NODE')] }],
    ['an order is planned', { stock: stockOf({ openOrders: [anOrder()] }) }],
    ['an order is sent', { stock: stockOf({ openOrders: [sent(anOrder())] }) }],
    ['an order is claimed', { stock: stockOf({ openOrders: [sent(anOrder(), aClaim(1_990))] }) }],
    ['an order is unknown', { stock: stockOf({ openOrders: [unknown(anOrder())] }) }],
    [
      'one of two orders is not overdue',
      {
        stock: stockOf({
          openOrders: [
            unknown(anOrder(), null, aClaim(1, { overdue: true })),
            unknown(aTopUp({ n: 2 }), null, aClaim(1_990)),
          ],
        }),
      },
    ],
  ])('is due after a block if %s', (_what, wishes) => {
    expect(waitMs(wishes)).toBe(BLOCK_MS);
    expect(waitMs({ ...wishes, policy: aPolicy({ runIntervalSeconds: 2 }) })).toBe(2_000);
  });

  it('is due later than after a block if the list of the node takes longer than that to pay for', () => {
    const sending = (listed: number) => waitMs({ listed, sending: true });
    expect([100_000, 100_020, 1_000_000].map(sending)).toEqual([BLOCK_MS, 5_001, 50_000]);
    expect(waitMs({ listed: 100_000_000, sending: true })).toBe(INTERVAL_MS);
    expect(waitMs({ listed: 1_000_000 })).toBe(INTERVAL_MS);
  });

  it('is not put off by a long list if a block must not be missed, or another node answers', () => {
    expect(waitMs({ listed: 1_000_000, hasSlowTransaction: true })).toBe(BLOCK_MS / 2);
    expect(waitMs({ listed: 1_000_000, actions: [hold('NODE_CHANGED')] })).toBe(BLOCK_MS);
    expect(waitMs({ listed: 1_000_000, failures: 1 })).toBe(2_000);
  });

  it('is due after the interval if the node should have shown all open orders', () => {
    const overdue = unknown(anOrder(), null, aClaim(1, { overdue: true }));
    expect(waitMs({ stock: stockOf({ openOrders: [overdue] }) })).toBe(INTERVAL_MS);
  });

  it('is due after half a block while a transaction takes longer than usual', () => {
    expect(waitMs({ hasSlowTransaction: true, sending: true })).toBe(BLOCK_MS / 2);
  });

  it('is due after a back-off if there was no fresh observation, and never later than after the interval', () => {
    expect([1, 2, 3, 20].map((failures) => waitMs({ failures }))).toEqual([2_000, 4_000, 8_000, 300_000]);
    expect(waitMs({ failures: 3, jitter: 0.5 })).toBe(4_000);
    expect(waitMs({ failures: 3, hasSlowTransaction: true, sending: true })).toBe(8_000);
    expect(waitMs({ failures: 20, policy: aPolicy({ runIntervalSeconds: 60 }) })).toBe(60_000);
  });

  it('is due when a pause after abandoned orders ends, at least a block later, and at most an interval', () => {
    // two purchases in a row: the pause is 45 blocks from the second one on
    const pausedSince = (endedAtBlock: number) => {
      const orders = [1, 2].map((n) => abandoned(anOrder({ n }), { endedAtBlock }));
      return stockOf({ abandonedOrders: orders });
    };
    expect(waitMs({ stock: pausedSince(BLOCK) })).toBe(45 * BLOCK_MS);
    expect(waitMs({ stock: pausedSince(BLOCK - 44) })).toBe(BLOCK_MS);
    expect(waitMs({ stock: pausedSince(BLOCK - 45) })).toBe(INTERVAL_MS);
    expect(waitMs({ stock: pausedSince(BLOCK), block: null })).toBe(INTERVAL_MS);
    const slow = aPolicy({ blockTimeSeconds: 10 });
    expect(waitMs({ stock: pausedSince(BLOCK - 35), policy: slow })).toBe(100_000);
    expect(waitMs({ stock: pausedSince(BLOCK), policy: aPolicy({ runIntervalSeconds: 60 }) })).toBe(60_000);
  });
});

it('another node answers if a hold says so', () => {
  expect(isNodeChanged([DONE.buy, hold('NODE_CHANGED')])).toBe(true);
  expect(isNodeChanged([DONE.buy, hold('NODE_SYNCING'), DONE.expire])).toBe(false);
  expect(isNodeChanged([])).toBe(false);
});

it.each<[boolean, string, LiveStamp]>([
  [true, 'propagating', aPropagatingStamp()],
  [true, 'propagating and missing', aPropagatingStamp({ withheld: 'missing', missingSinceBlock: 1 })],
  [true, 'propagating and withheld for its node', aPropagatingStamp({ withheld: 'node_changed' })],
  [false, 'propagating and lost', aPropagatingStamp({ withheld: 'lost', missingSinceBlock: 1 })],
  [false, 'available', aStamp({ ttlHours: 1, createdAt: hours(-1) })],
  [true, 'not shown since a block', aStamp({ missingSinceBlock: 1 })],
  [true, 'missing', aStamp({ missingSinceBlock: 1, withheld: 'missing' })],
  [false, 'lost', aStamp({ missingSinceBlock: 1, withheld: 'lost' })],
  [false, 'in use', aStamp({ withheld: 'in_use' })],
  [false, 'in use and not shown', aStamp({ missingSinceBlock: 1, withheld: 'in_use' })],
])('whether the next observations may change it, is %s for a stamp that is %s', (expected, _what, stamp) => {
  expect(isUnderWay(stamp)).toBe(expected);
});
