import { describe, expect, it } from 'vitest';
import { lastingOfOrders, lastingOfStamps } from '../../src/reconciler/lasting-incidents.ts';
import { anOrder, aPropagatingStamp, aStamp, batchId, orderId, T0 } from '../builders.ts';
import { SYNCED, seenOf, settleInput, unknown } from './plan-input.ts';

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
    ];
    expect(lasting({ stamps })).toEqual([]);
  });

  it('is reported for a stamp that would be lost a second time within a day', () => {
    const gone = { withheld: 'missing', missingSinceBlock: SYNCED - 120 } as const;
    const stamps = [aStamp({ ...gone, lastLostAtBlock: SYNCED - 400 })];
    expect(lasting({ stamps })).toMatchObject([{ code: 'STAMP_UNSTABLE' }]);
  });

  it('is reported for a stamp that is shown for 120 blocks and not usable', () => {
    const stamp = aPropagatingStamp();
    const shown = (blockNumber: number) => ({ stamps: [seenOf(stamp, { blockNumber, ttlSeconds: null })] });
    expect(lasting({ stamps: [stamp] }, shown(SYNCED - 119))).toEqual([]);
    expect(lasting({ stamps: [stamp] }, shown(SYNCED - 120))).toMatchObject([{ code: 'STAMP_DELAYED' }]);
    expect(lasting({ stamps: [aStamp()] }, shown(SYNCED - 120)), 'it was usable before').toEqual([]);
  });

  it('is reported for an unknown order', () => {
    expect(lasting({ openOrders: [unknown(anOrder())] })).toEqual([
      { code: 'PURCHASE_UNKNOWN', subject: orderId(1) },
    ]);
  });
});
