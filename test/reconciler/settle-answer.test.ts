import { describe, expect, it } from 'vitest';
import type { OrderState, RefusalCode, SentOrder } from '../../src/domain/order.ts';
import type { Answer } from '../../src/reconciler/in-flight.ts';
import { settleAnswer } from '../../src/reconciler/settle-answer.ts';
import { anOrder, aTopUp, batchId } from '../builders.ts';
import { sent } from './plan-input.ts';

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
        incidents: [{ code: incident, subject: order.node, detail: 'Bee answered: no.' }],
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
    [purchase, { is: 'refused', code: 'BUSY', message: 'no' }, 'unknown'],
    [purchase, { is: 'refused', code: 'BUSY', message: 'no' }, 'abandoned'],
    [purchase, { is: 'unknown', cause: 'reset' }, 'unknown'],
    [topUp, { is: 'unknown', cause: 'reset' }, 'confirmed'],
  ])('changes nothing if it is late and adds nothing: $0.kind, $1.is, $2', (order, answer, state) => {
    expect(settled(order, answer, state)).toEqual({ changes: [], incidents: [], backOff: { is: 'keep' } });
  });

  it('throws if it is of another kind than the request', () => {
    expect(() => settled(topUp, BOUGHT)).toThrow('a topUp was answered with "bought"');
    expect(() => settled(purchase, TOPPED_UP)).toThrow('a purchase was answered with "toppedUp"');
  });
});
