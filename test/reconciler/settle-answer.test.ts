import { describe, expect, it } from 'vitest';
import type { OrderState, RefusalCode, SentOrder } from '../../src/domain/order.ts';
import type { Answer } from '../../src/reconciler/in-flight.ts';
import { settleAnswer, settleAnswers, stateOnDisk } from '../../src/reconciler/settle-answer.ts';
import { anOrder, aTopUp, batchId, orderId, T0 } from '../builders.ts';
import { runStock, type WholeStock } from '../stock-of.ts';
import { abandoned, aClaim, sent, unknown } from './plan-input.ts';

const purchase = sent(anOrder());
const topUp = sent(aTopUp());
const BOUGHT = { is: 'bought', batchId: batchId(9), txHash: '0x1' } as const;
const TOPPED_UP = { is: 'toppedUp', txHash: '0x1' } as const;

const settled = (order: SentOrder, answer: Answer, state: OrderState = 'sent', tip: number | null = 2_000) =>
  settleAnswer({ order, answer }, { state, tip });

describe('an answer of Bee', () => {
  it.each<[RefusalCode, string, string]>([
    ['BUSY', 'BUSY', 'BUSY'],
    ['SYNCING', 'NODE_SYNCING', 'NODE_SYNCING'],
    ['UNREACHABLE', 'NODE_UNREACHABLE', 'NODE_UNREACHABLE'],
    ['CHAIN_DISABLED', 'CHAIN_DISABLED', 'CHAIN_DISABLED'],
    ['OUT_OF_FUNDS', 'PURCHASE_REFUSED', 'TOP_UP_REFUSED'],
    ['BAD_REQUEST', 'PURCHASE_REFUSED', 'TOP_UP_REFUSED'],
  ])('is an incident if it is a refusal: %s', (code, ofPurchase, ofTopUp) => {
    for (const [order, incident] of [
      [purchase, ofPurchase],
      [topUp, ofTopUp],
    ] as const)
      expect(settled(order, { is: 'refused', code, message: 'no' })).toEqual({
        changes: [{ change: 'orderRejected', id: order.id, cause: 'no', refusal: code }],
        incidents: [
          {
            code: incident,
            subject: order.node,
            detail: code === 'UNREACHABLE' ? 'no.' : 'Bee answered: no.',
          },
        ],
        backOff: { is: 'trip', reason: 'no' },
      });
  });

  it('leaves the order unknown if it is not conclusive, and reports that', () => {
    for (const [order, code] of [
      [purchase, 'PURCHASE_UNKNOWN'],
      [topUp, 'TOP_UP_UNKNOWN'],
    ] as const)
      expect(settled(order, { is: 'unknown', cause: 'reset' })).toMatchObject({
        changes: [{ change: 'orderUnknown', id: order.id, cause: 'reset' }],
        incidents: [{ code, subject: order.id }],
        backOff: { is: 'clear' },
      });
  });

  it.each([
    [purchase, BOUGHT, 'sent', 'clear'],
    [purchase, BOUGHT, 'unknown', 'keep'],
    [purchase, BOUGHT, 'abandoned', 'keep'],
    [topUp, TOPPED_UP, 'sent', 'clear'],
    [topUp, TOPPED_UP, 'unknown', 'keep'],
    [topUp, TOPPED_UP, 'abandoned', 'keep'],
  ] as const)(
    'is a claim if it is a success, and confirms nothing: $0.kind, $2',
    (order, answer, state, backOff) => {
      const batch = order.kind === 'purchase' ? batchId(9) : batchId(1);
      const claim = { change: 'orderAnswered', id: order.id, batchId: batch, txHash: '0x1' };
      for (const tip of [2_000, null])
        expect(settled(order, answer, state, tip)).toEqual({
          changes: [{ ...claim, atBlock: tip }],
          incidents: [],
          backOff: { is: backOff },
        });
    },
  );

  it.each<[SentOrder, Answer, OrderState]>([
    [purchase, BOUGHT, 'confirmed'],
    [topUp, TOPPED_UP, 'confirmed'],
    [purchase, { is: 'unknown', cause: 'reset' }, 'unknown'],
    [topUp, { is: 'unknown', cause: 'reset' }, 'confirmed'],
  ])('changes nothing if it is late and adds nothing: $0.kind, $1.is, $2', (order, answer, state) => {
    expect(settled(order, answer, state)).toEqual({ changes: [], incidents: [], backOff: { is: 'keep' } });
  });

  it.each<OrderState>(['unknown', 'abandoned', 'confirmed'])(
    'is waited on if it is a refusal, also if it is late: the order is %s',
    (state) => {
      expect(settled(topUp, { is: 'refused', code: 'BUSY', message: 'no' }, state)).toEqual({
        changes: [],
        incidents: [],
        backOff: { is: 'trip', reason: 'no' },
      });
    },
  );

  it('throws if it is of another kind than the request', () => {
    expect(() => settled(topUp, BOUGHT)).toThrow('a topUp was answered with "bought"');
    expect(() => settled(purchase, TOPPED_UP)).toThrow('a purchase was answered with "toppedUp"');
  });
});

const stockOf = (stock: Pick<WholeStock, 'openOrders'> & Partial<WholeStock>) =>
  runStock(
    {
      stamps: [],
      abandonedOrders: [],
      lastShown: { purchaseBlock: null, topUps: new Map() },
      ...stock,
    },
    0,
    T0,
  );

describe('an answer that was lost with an earlier process', () => {
  const CAUSE = 'the service stopped or failed before Bee answered';
  const openOrders = [
    anOrder({ n: 1 }),
    sent(anOrder({ n: 2 })),
    sent(anOrder({ n: 3 }), aClaim(1)),
    unknown(anOrder({ n: 4 })),
    sent(aTopUp({ n: 5 })),
    sent(anOrder({ n: 6 })),
  ];
  const input = {
    stock: stockOf({ openOrders }),
    answered: null,
    isAwaited: (id: string) => id === orderId(6),
    tip: 2_000,
  };

  it('leaves its order unknown, if the order was sent and Bee has not answered', () => {
    expect(settleAnswers(input)).toEqual({
      changes: [2, 5].map((n) => ({ change: 'orderUnknown', id: orderId(n), cause: CAUSE })),
      incidents: [
        { code: 'PURCHASE_UNKNOWN', subject: orderId(2), detail: `Order ${orderId(2)}: ${CAUSE}.` },
        { code: 'TOP_UP_UNKNOWN', subject: orderId(5), detail: `Order ${orderId(5)}: ${CAUSE}.` },
      ],
      backOff: { is: 'keep' },
    });
  });

  it('is settled together with one that has arrived', () => {
    const answered = { order: sent(anOrder({ n: 6 })), answer: { is: 'unknown', cause: 'reset' } } as const;
    const both = settleAnswers({ ...input, answered });
    expect(both.changes).toMatchObject([{ id: orderId(2) }, { id: orderId(5) }, { id: orderId(6) }]);
    expect(both.incidents.map(({ subject }) => subject)).toEqual([orderId(2), orderId(5), orderId(6)]);
    expect(both.backOff).toEqual({ is: 'clear' });
  });

  it('is settled by the state of the order on disk', () => {
    const order = sent(anOrder({ n: 7 }));
    const late = (state: Pick<WholeStock, 'openOrders'> & Partial<WholeStock>) =>
      settleAnswers({ ...input, stock: stockOf(state), answered: { order, answer: BOUGHT } });
    const claim = {
      change: 'orderAnswered',
      id: orderId(7),
      batchId: batchId(9),
      txHash: '0x1',
      atBlock: 2_000,
    };
    expect(late({ openOrders: [unknown(anOrder({ n: 7 }))] })).toMatchObject({
      changes: [claim],
      backOff: { is: 'keep' },
    });
    expect(late({ openOrders: [], abandonedOrders: [abandoned(anOrder({ n: 7 }))] }).changes).toEqual([
      claim,
    ]);
    expect(late({ openOrders: [unknown(anOrder({ n: 8 }))] }).changes).toEqual([]);
  });

  it('is of an order that has ended if it is not among the open and the abandoned ones', () => {
    const stock = stockOf({ openOrders, abandonedOrders: [abandoned(anOrder({ n: 7 }))] });
    expect([1, 2, 4, 7, 8].map((n) => stateOnDisk(orderId(n), stock))).toEqual([
      'planned',
      'sent',
      'unknown',
      'abandoned',
      null,
    ]);
  });
});

describe('a request that did not leave', () => {
  it.each(['sent', 'unknown'] as const)('abandons its order, which is %s on disk', (state) => {
    expect(settled(purchase, { is: 'notSent', cause: 'too late' }, state)).toEqual({
      changes: [{ change: 'orderNotSent', id: purchase.id, cause: 'too late' }],
      incidents: [
        { code: 'ORDER_NOT_SENT', subject: purchase.node, detail: `Order ${purchase.id}: too late.` },
      ],
      backOff: { is: 'trip', reason: 'too late' },
    });
  });

  it.each(['planned', 'abandoned', 'confirmed', 'rejected'] as const)(
    'changes nothing if its order is %s',
    (state) => {
      expect(settled(purchase, { is: 'notSent', cause: 'too late' }, state).changes).toEqual([]);
    },
  );
});
