import { describe, expect, it } from 'vitest';
import { anOrder, aStamp, aTopUp } from '../builders.ts';
import type { WholeStock } from '../stock-of.ts';
import { abandoned, aClaim, SYNCED, sent, settle, settleInput, unknown } from './plan-input.ts';

/** What follows if the node shows nothing. */
const changes = (absenceCounts: boolean, stock: Partial<WholeStock>): readonly string[] =>
  settle(settleInput(stock, {}, { absenceCounts })).changes.map((change) =>
    change.change === 'stampMissing' ? `stampMissing ${change.withheld}` : change.change,
  );

describe('what a node does not show counts when it has been observed for long enough', () => {
  it.each<[string, string, Partial<WholeStock>]>([
    ['an unknown purchase', 'orderAbandoned', { openOrders: [unknown(anOrder(), SYNCED - 2_000)] }],
    ['an unknown top-up', 'orderAbandoned', { openOrders: [unknown(aTopUp(), SYNCED - 2_000)] }],
    [
      'a purchase that is overdue',
      'orderAbandoned',
      { openOrders: [unknown(anOrder(), null, aClaim(SYNCED - 17_280, { overdue: true }))] },
    ],
  ])('for %s: %s', (_what, change, stock) => {
    expect([changes(false, stock), changes(true, stock)]).toEqual([[], [change]]);
  });

  it('for a stamp that is lost', () => {
    const stock = { stamps: [aStamp({ missingSinceBlock: SYNCED - 120, withheld: 'missing' })] };
    expect([changes(false, stock), changes(true, stock)]).toEqual([[], ['stampMissing lost']]);
  });

  it('and not for a stamp that is missing, which is withheld and counts as stock', () => {
    expect(changes(false, { stamps: [aStamp()] })).toEqual(['stampMissing null']);
    for (const blocks of [10, 120])
      expect(changes(false, { stamps: [aStamp({ missingSinceBlock: SYNCED - blocks })] })).toEqual([
        'stampMissing missing',
      ]);
  });

  it('and not for a claim that is overdue, which is reported and holds what is paid for', () => {
    for (const order of [anOrder(), aTopUp()])
      expect(changes(false, { openOrders: [sent(order, aClaim(SYNCED - 200))] })).toEqual(['orderOverdue']);
  });

  it('and is kept of an order that was abandoned', () => {
    expect(changes(true, { abandonedOrders: [abandoned(anOrder())] })).toEqual([]);
  });
});
