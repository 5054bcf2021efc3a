import { describe, expect, it } from 'vitest';
import {
  claimOf,
  isForReserve,
  isOpen,
  newOrderRecord,
  type OrderRecord,
  orderOf,
} from '../../src/domain/order.ts';
import {
  isLiveState,
  isObserved,
  isReported,
  newStamp,
  newStampRecord,
  type StampRecord,
  stampOf,
  ttlSeconds,
  withheldAs,
} from '../../src/domain/stamp.ts';
import {
  ADDRESS,
  anOrder,
  aPropagatingStamp,
  aStamp,
  aTopUp,
  batchId,
  hours,
  seconds,
  T0,
} from '../builders.ts';
import { abandoned, aClaim, sent, unknown } from '../reconciler/plan-input.ts';

describe('an order on record', () => {
  const purchase = newOrderRecord(anOrder());
  const claim = aClaim(7);
  const full: OrderRecord = {
    ...purchase,
    sentAt: seconds(1),
    claim,
    cause: 'a cause',
    refusal: 'BUSY',
    noPendingSinceBlock: 5,
    endedAt: seconds(2),
    endedAtBlock: 6,
    boughtBatchId: batchId(9),
    txHash: '0x1',
    retiredAddress: ADDRESS,
  };
  const { state: _, ...planned } = anOrder();

  it('has exactly what is known in its state', () => {
    expect(orderOf(purchase)).toEqual(anOrder());
    expect(orderOf(full)).toEqual(anOrder());
    expect(orderOf({ ...full, state: 'sent' })).toEqual({
      ...planned,
      state: 'sent',
      sentAt: seconds(1),
      claim,
    });
    expect(orderOf({ ...full, state: 'unknown' })).toEqual({
      ...planned,
      state: 'unknown',
      sentAt: seconds(1),
      claim,
      cause: 'a cause',
      noPendingSinceBlock: 5,
    });
    expect(orderOf({ ...full, state: 'confirmed' })).toEqual({
      ...planned,
      state: 'confirmed',
      sentAt: seconds(1),
      endedAt: seconds(2),
      batchId: batchId(9),
      txHash: '0x1',
    });
    expect(orderOf({ ...full, state: 'rejected' })).toEqual({
      ...planned,
      state: 'rejected',
      sentAt: seconds(1),
      endedAt: seconds(2),
      cause: 'a cause',
      refusal: 'BUSY',
    });
    expect(orderOf({ ...full, state: 'abandoned' })).toEqual({
      ...planned,
      state: 'abandoned',
      sentAt: seconds(1),
      claim,
      endedAt: seconds(2),
      endedAtBlock: 6,
      cause: 'a cause',
    });
  });

  it('of a top-up names the batch that it tops up', () => {
    const topUp = newOrderRecord(aTopUp({ of: batchId(3) }));
    expect(orderOf(topUp)).toEqual(aTopUp({ of: batchId(3) }));
    const confirmed = orderOf({ ...topUp, state: 'confirmed', endedAt: T0, boughtBatchId: batchId(9) });
    expect(confirmed).toMatchObject({ batchId: batchId(3), sentAt: null, txHash: null });
  });

  it.each<[string, OrderRecord]>([
    ['sentAt', { ...full, state: 'sent', sentAt: null }],
    ['sentAt', { ...full, state: 'unknown', sentAt: null }],
    ['cause', { ...full, state: 'unknown', cause: null }],
    ['endedAt', { ...full, state: 'confirmed', endedAt: null }],
    ['boughtBatchId', { ...full, state: 'confirmed', boughtBatchId: null }],
    ['sentAt', { ...full, state: 'rejected', sentAt: null }],
    ['endedAt', { ...full, state: 'rejected', endedAt: null }],
    ['cause', { ...full, state: 'rejected', cause: null }],
    ['endedAt', { ...full, state: 'abandoned', endedAt: null }],
    ['cause', { ...full, state: 'abandoned', cause: null }],
  ])('without the %s that its state requires is refused', (name, record) => {
    expect(() => orderOf(record)).toThrow(new TypeError(`${name} is null`));
  });

  it('is open until it has ended, and has a claim until the claim is refuted', () => {
    const states = ['planned', 'sent', 'unknown', 'confirmed', 'rejected', 'abandoned'] as const;
    expect(states.filter((state) => isOpen(orderOf({ ...full, state })))).toEqual([
      'planned',
      'sent',
      'unknown',
    ]);
    const refuted = aClaim(1, { refuted: true });
    expect(
      [
        anOrder(),
        sent(anOrder()),
        sent(anOrder(), claim),
        unknown(anOrder(), null, claim),
        unknown(anOrder(), null, refuted),
      ].map(claimOf),
    ).toEqual([null, null, claim, claim, null]);
  });

  it('is for the reserve if it is a purchase that is not for a canary', () => {
    const orders = [anOrder(), abandoned(anOrder()), anOrder({ purpose: 'canary' }), aTopUp()];
    expect(orders.map(isForReserve)).toEqual([true, true, false, false]);
  });
});

describe('a stamp on record', () => {
  const available = newStampRecord(aStamp());

  it('is what it was before', () => {
    for (const stamp of [
      aStamp({ withheld: 'missing', missingSinceBlock: 3, lastLostAtBlock: 2 }),
      aStamp({ withheld: 'in_use' }),
      aPropagatingStamp({ withheld: 'lost', missingSinceBlock: 3 }),
    ])
      expect(stampOf(newStampRecord(stamp), null)).toEqual(stamp);
    expect(newStampRecord(aPropagatingStamp())).toMatchObject({
      availableAt: null,
      expiresAt: null,
      ttlAtCreationSeconds: null,
      retiredAddress: null,
    });
  });

  it('keeps no reason of its node, and gets it from the node', () => {
    const record = newStampRecord(aStamp({ withheld: 'node_away' }));
    expect(record.withheld).toBeNull();
    expect(stampOf(record, 'node_changed')).toMatchObject({ withheld: 'node_changed' });
    expect(stampOf({ ...record, retiredAddress: ADDRESS }, 'node_changed')).toMatchObject({
      withheld: 'retired',
    });
  });

  it('that has ended keeps only when it would expire', () => {
    const { missingSinceBlock, withheld, lastLostAtBlock, availableAt, ...facts } = aStamp();
    for (const state of ['acquired', 'expired'] as const)
      expect(stampOf({ ...available, state }, null)).toEqual({ ...facts, state });
    expect([missingSinceBlock, withheld, lastLostAtBlock, availableAt]).toEqual([null, null, null, T0]);
  });

  it.each(['availableAt', 'expiresAt', 'ttlAtCreationSeconds'] as const)(
    'that is available without %s is refused',
    (name) => {
      const record: StampRecord = { ...available, [name]: null };
      expect(() => stampOf(record, null)).toThrow(new TypeError(`${name} is null`));
    },
  );

  it.each([
    [null, null, null],
    [null, 'node_away', 'node_away'],
    ['missing', null, 'missing'],
    ['missing', 'node_away', 'missing'],
    ['missing', 'node_changed', 'missing'],
    ['missing', 'node_lost', 'node_lost'],
    ['lost', 'node_lost', 'lost'],
    ['in_use', 'node_lost', 'in_use'],
    [null, 'node_lost', 'node_lost'],
  ] as const)('that is %s on a node that is %s is withheld as %s', (observed, ofNode, withheld) => {
    expect(withheldAs(observed, ofNode)).toBe(withheld);
  });

  it('is live until it is acquired or expires', () => {
    const states = ['propagating', 'available', 'acquired', 'expired'] as const;
    expect(states.filter(isLiveState)).toEqual(['propagating', 'available']);
  });

  it('starts out propagating, without anything observed', () => {
    const { state, missingSinceBlock, withheld, lastLostAtBlock, ...facts } = aPropagatingStamp();
    expect(newStamp(facts)).toEqual({ ...facts, state, missingSinceBlock, withheld, lastLostAtBlock });
  });

  it('has whole seconds to live, and never fewer than none', () => {
    const stamp = { expiresAt: seconds(10) };
    const at = (ms: number) => ttlSeconds(stamp, new Date(T0.getTime() + ms));
    expect([0, 1, 999, 1_000, 9_001, 10_000, 20_000].map(at)).toEqual([10, 9, 9, 9, 0, 0, 0]);
  });

  it('is reported as withheld while it lives, as lost before, and always if it is in use', () => {
    const reasons = ['missing', 'lost', 'in_use'] as const;
    const reported = (stamp: Parameters<typeof isReported>[0], now: Date) =>
      reasons.filter((reason) => isReported(stamp, reason, now));
    expect(reported(aStamp({ ttlHours: 1 }), seconds(3_599))).toEqual(reasons);
    expect(reported(aStamp({ ttlHours: 1 }), hours(1))).toEqual(['in_use']);
    expect(reported(aPropagatingStamp(), T0)).toEqual(['lost', 'in_use']);
    const all = [...reasons, 'node_away', 'node_lost', 'retired', null] as const;
    expect(all.map(isObserved)).toEqual([true, true, true, false, false, false, false]);
  });
});
