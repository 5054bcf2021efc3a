import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '../../src/bee/bee.ts';
import { settleAnswer } from '../../src/reconciler/answer.ts';
import { anOrder, aTopUp, batchId, T0 } from '../builders.ts';
import { sent } from './known.ts';

const purchase = sent(anOrder());
const topUp = sent(aTopUp());

describe('what Bee answers to a request for money', () => {
  it.each<[RefusalCode, string, string]>([
    ['BUSY', 'BUSY', 'BUSY'],
    ['SYNCING', 'NODE_SYNCING', 'NODE_SYNCING'],
    ['UNREACHABLE', 'NODE_UNREACHABLE', 'NODE_UNREACHABLE'],
    ['CHAIN_DISABLED', 'CHAIN_DISABLED', 'CHAIN_DISABLED'],
    ['OUT_OF_FUNDS', 'PURCHASE_REFUSED', 'TOP_UP_REFUSED'],
    ['BAD_REQUEST', 'PURCHASE_REFUSED', 'TOP_UP_REFUSED'],
  ])('is told of by its name when it is a refusal: %s', (code, ofPurchase, ofTopUp) => {
    for (const [order, incident] of [
      [purchase, ofPurchase],
      [topUp, ofTopUp],
    ] as const)
      expect(settleAnswer(order, { is: 'refused', code, message: 'no' }, T0)).toEqual({
        changes: [{ change: 'orderRejected', id: order.id, cause: 'no' }],
        incidents: [{ code: incident, subject: order.node, detail: 'Bee said: no.' }],
        backOffBecause: 'no',
      });
  });

  it('leaves the order open when it does not tell what became of the money, and says so', () => {
    for (const [order, code] of [
      [purchase, 'PURCHASE_UNKNOWN'],
      [topUp, 'TOP_UP_UNKNOWN'],
    ] as const)
      expect(settleAnswer(order, { is: 'unknown', cause: 'reset' }, T0)).toMatchObject({
        changes: [{ change: 'orderUnknown', id: order.id, cause: 'reset' }],
        incidents: [{ code, subject: order.id }],
        backOffBecause: null,
      });
  });

  it('is taken for a fault of ours when it is about something else than was asked for', () => {
    const bought = { is: 'bought', batchId: batchId(9), txHash: '0x1' } as const;
    expect(() => settleAnswer(topUp, bought, T0)).toThrow('a topUp was answered with "bought"');
    expect(() => settleAnswer(purchase, { is: 'toppedUp', txHash: '0x1' }, T0)).toThrow(
      'a purchase was answered with "toppedUp"',
    );
  });
});
