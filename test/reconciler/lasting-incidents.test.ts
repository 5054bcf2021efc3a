import { describe, expect, it } from 'vitest';
import { isLasting, lastingOfOrders, lastingOfStamps } from '../../src/reconciler/lasting-incidents.ts';
import { anOrder, aPropagatingStamp, aStamp, aTopUp, batchId, orderId, T0 } from '../builders.ts';
import { aClaim, SYNCED, seenOf, sent, settleInput, unknown } from './plan-input.ts';

type Given = Parameters<typeof settleInput>;

const lasting = (...given: Given): readonly { code: string; subject: string }[] => {
  const { stock, seen, blockTimeSeconds } = settleInput(...given);
  const ofStamps = lastingOfStamps(stock.stamps, { seen, blockTimeSeconds, now: T0 });
  return [...ofStamps, ...lastingOfOrders(stock.openOrders)].map(({ code, subject }) => ({ code, subject }));
};

describe('a lasting incident', () => {
  it('is reported for each withheld stamp, by its reason', () => {
    const stamps = [
      aStamp({ n: 1 }),
      aStamp({ n: 2, withheld: 'missing', missingSinceBlock: SYNCED - 10 }),
      aStamp({ n: 3, withheld: 'lost', missingSinceBlock: SYNCED - 500 }),
      aStamp({ n: 4, withheld: 'in_use' }),
      aPropagatingStamp({ n: 5, withheld: 'lost', missingSinceBlock: SYNCED - 500 }),
    ];
    expect(lasting({ stamps })).toEqual([
      { code: 'STAMP_WITHHELD', subject: batchId(2) },
      { code: 'STAMP_MISSING', subject: batchId(3) },
      { code: 'STAMP_IN_USE', subject: batchId(4) },
      { code: 'STAMP_MISSING', subject: batchId(5) },
    ]);
  });

  it('is not reported for an expired stamp, or one that was just bought', () => {
    const stamps = [
      aStamp({ ttlHours: 0, withheld: 'lost', missingSinceBlock: SYNCED - 500 }),
      aPropagatingStamp({ n: 2, withheld: 'missing', missingSinceBlock: SYNCED - 10 }),
      aPropagatingStamp({ n: 3, ttlHours: 0, withheld: 'lost', missingSinceBlock: SYNCED - 500 }),
    ];
    expect(lasting({ stamps })).toEqual([]);
  });

  it('is reported for a stamp that would be lost a second time within a day', () => {
    const gone = { withheld: 'missing', missingSinceBlock: SYNCED - 120 } as const;
    const codes = (wishes: Parameters<typeof aStamp>[0]) =>
      lasting({ stamps: [aStamp({ ...gone, ...wishes })] }).map(({ code }) => code);
    expect(codes({ lastLostAtBlock: SYNCED - 400 })).toEqual(['STAMP_UNSTABLE']);
    expect(codes({ lastLostAtBlock: SYNCED - 400, missingSinceBlock: SYNCED - 119 })).toEqual([
      'STAMP_WITHHELD',
    ]);
    expect(codes({ lastLostAtBlock: SYNCED - 20_000 })).toEqual(['STAMP_WITHHELD']);
    expect(codes({})).toEqual(['STAMP_WITHHELD']);
    expect(codes({ lastLostAtBlock: SYNCED - 400, withheld: 'lost' })).toEqual(['STAMP_MISSING']);
    const unseen = { seen: null, blockTimeSeconds: 5, now: T0 };
    const stamp = aStamp({ ...gone, lastLostAtBlock: SYNCED - 400 });
    expect(lastingOfStamps([stamp, aPropagatingStamp()], unseen)).toMatchObject([{ code: 'STAMP_WITHHELD' }]);
  });

  it('is reported for a stamp that is shown for 120 blocks and not usable', () => {
    const stamp = aPropagatingStamp();
    const shown = (blockNumber: number) => ({ stamps: [seenOf(stamp, { blockNumber, ttlSeconds: null })] });
    expect(lasting({ stamps: [stamp] }, shown(SYNCED - 119))).toEqual([]);
    expect(lasting({ stamps: [stamp] }, shown(SYNCED - 120))).toMatchObject([{ code: 'STAMP_DELAYED' }]);
    expect(lasting({ stamps: [aStamp()] }, shown(SYNCED - 120)), 'it was usable before').toEqual([]);
  });

  it('is none of a stamp whose node is away, which has an incident of its own', () => {
    expect(lasting({ stamps: [aStamp({ withheld: 'node_changed' })] })).toEqual([]);
  });

  it('is reported for an unknown order, and for one that the node should have shown', () => {
    const overdue = aClaim(1_000, { overdue: true });
    const openOrders = [
      unknown(anOrder()),
      unknown(aTopUp({ n: 2 })),
      unknown(anOrder({ n: 3 }), null, overdue),
      unknown(aTopUp({ n: 4 }), null, overdue),
      unknown(anOrder({ n: 5 }), null, aClaim(1_000)),
      sent(anOrder({ n: 6 }), overdue),
      anOrder({ n: 7 }),
    ];
    const codes = [
      'PURCHASE_UNKNOWN',
      'TOP_UP_UNKNOWN',
      'PURCHASE_NOT_SHOWN',
      'TOP_UP_NOT_SHOWN',
      'PURCHASE_UNKNOWN',
    ] as const;
    expect(lasting({ openOrders })).toEqual(codes.map((code, at) => ({ code, subject: orderId(at + 1) })));
    expect([...codes, 'STAMP_UNSTABLE' as const].every(isLasting)).toBe(true);
    expect([isLasting('PURCHASE_LATE'), isLasting('RUN_FAILED')]).toEqual([false, false]);
  });
});
