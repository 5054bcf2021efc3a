import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { settleStamps } from '../../src/reconciler/settle.ts';
import { anOrder, aPropagatingStamp, aStamp, batchId, orderId, T0 } from '../builders.ts';
import {
  abandoned,
  batchOf,
  fresh,
  minedLongBefore,
  SYNCED,
  seenOf,
  sent,
  settle,
  settleInput,
  TIP,
  unknown,
} from './plan-input.ts';

const changesOf = (...given: Parameters<typeof settleInput>): readonly Change[] =>
  settle(settleInput(...given)).changes;
const kinds = (changes: readonly Change[]): string[] => changes.map(({ change }) => change);

describe('an unsettled purchase', () => {
  const confirmed = ['orderConfirmed', 'stampAdded', 'stampAvailable'];

  it('is confirmed with the block that showed it', () => {
    expect(changesOf({ openOrders: [unknown(anOrder())] }, { stamps: [batchOf()] })[0]).toEqual({
      change: 'orderConfirmed',
      id: orderId(1),
      batchId: batchId(9),
      txHash: null,
      atBlock: SYNCED,
    });
  });

  it.each([
    ['sent', { openOrders: [sent(anOrder())] }],
    ['unknown', { openOrders: [unknown(anOrder())] }],
    ['abandoned', { abandonedOrders: [abandoned(anOrder())] }],
  ])('that is %s is settled by the batch with its amount', (_what, stock) => {
    expect(kinds(changesOf(stock, { stamps: [batchOf()] }))).toEqual(confirmed);
  });

  it('is identified by its label if the batch was topped up since', () => {
    const seen = batchOf(anOrder(), { label: orderId(1), amount: plur(anOrder().amount + 5n) });
    expect(kinds(changesOf({ openOrders: [unknown(anOrder())] }, { stamps: [seen] }))).toEqual(confirmed);
  });

  it('is identified by its amount if the batch was diluted since', () => {
    const diluted = batchOf(anOrder(), { depth: depth(19) });
    const given = [
      [{ openOrders: [unknown(anOrder())] }, []],
      [{ abandonedOrders: [abandoned(anOrder())] }, ['PURCHASE_LATE']],
    ] as const;
    for (const [stock, codes] of given) {
      const { changes, incidents } = settle(settleInput(stock, { stamps: [diluted] }));
      expect(kinds(changes)).toEqual(confirmed);
      expect(changes[1]).toMatchObject({ stamp: { depth: 19, cost: anOrder().cost } });
      expect(incidents.map(({ code }) => code)).toEqual([...codes, 'STAMP_DILUTED']);
    }
  });

  it('is settled by the batch of its own depth, of two with its amount', () => {
    const stamps = [
      batchOf(anOrder(), { batchId: batchId(8), depth: depth(19) }),
      batchOf(anOrder(), { batchId: batchId(9) }),
    ];
    for (const listed of [stamps, stamps.toReversed()]) {
      const { changes, incidents } = settle(
        settleInput({ openOrders: [unknown(anOrder())] }, { stamps: listed }),
      );
      expect(changes[0]).toMatchObject({ change: 'orderConfirmed', batchId: batchId(9) });
      expect(incidents).toMatchObject([{ code: 'PURCHASE_AMBIGUOUS', subject: batchId(8) }]);
    }
  });

  it('is settled by the batch that is immutable as ordered, of two with its amount, and else by the other one', () => {
    const stamps = [
      batchOf(anOrder(), { batchId: batchId(8), immutable: false }),
      batchOf(anOrder(), { batchId: batchId(9) }),
    ];
    const given = { openOrders: [unknown(anOrder())] };
    for (const listed of [stamps, stamps.toReversed()]) {
      const { changes, incidents } = settle(settleInput(given, { stamps: listed }));
      expect(changes[0]).toMatchObject({ change: 'orderConfirmed', batchId: batchId(9) });
      expect(incidents).toMatchObject([{ code: 'PURCHASE_AMBIGUOUS', subject: batchId(8) }]);
    }
    const { changes, incidents } = settle(settleInput(given, { stamps: stamps.slice(0, 1) }));
    expect(changes.slice(0, 2)).toMatchObject([
      { change: 'orderConfirmed', batchId: batchId(8) },
      { change: 'stampAdded', stamp: { batchId: batchId(8), immutable: false } },
    ]);
    expect(incidents).toMatchObject([
      { code: 'IMMUTABILITY_MISMATCH', subject: 'bee', detail: expect.stringContaining(batchId(8)) },
    ]);
  });

  it.each([
    ['another amount, whatever its label is', { amount: plur(1n), label: orderId(1) }],
    ['a block of a day before the order', minedLongBefore(anOrder())],
  ])('is not settled by a batch of %s', (_what, wishes) => {
    expect(
      kinds(changesOf({ openOrders: [unknown(anOrder())] }, { stamps: [batchOf(anOrder(), wishes)] })),
    ).toEqual(['orderQuiet']);
  });

  it('is not settled by a batch of a smaller depth', () => {
    const order = anOrder({ depth: 18 });
    const smaller = batchOf(order, { depth: depth(17) });
    expect(kinds(changesOf({ openOrders: [unknown(order)] }, { stamps: [smaller] }))).toEqual(['orderQuiet']);
  });

  it('is not settled by a batch that was in the pool', () => {
    const rest = { pooledIds: new Set([batchId(9)]) };
    expect(kinds(changesOf({ openOrders: [unknown(anOrder())] }, { stamps: [batchOf()] }, rest))).toEqual([
      'orderQuiet',
    ]);
  });

  it('waits while a transaction is pending, then 45 blocks, and is abandoned then', () => {
    const after = (quiet: number | null, pendingPostage: readonly string[] = []) =>
      changesOf({ openOrders: [unknown(anOrder(), quiet)] }, { pendingPostage });
    expect(after(null, ['Postage batch creation'])).toEqual([]);
    expect(after(1_500, ['Postage batch creation'])).toMatchObject([
      { change: 'orderQuiet', noPendingSinceBlock: null },
    ]);
    expect(after(null)).toMatchObject([{ change: 'orderQuiet', noPendingSinceBlock: TIP }]);
    expect(after(TIP)).toEqual([]);
    expect(after(TIP + 1), 'of another chain').toMatchObject([{ noPendingSinceBlock: TIP }]);
    expect(after(SYNCED - 44)).toEqual([]);
    expect(after(SYNCED - 45)).toMatchObject([{ change: 'orderAbandoned' }]);
  });

  it('that is still planned in the next run was never sent, and is abandoned', () => {
    expect(changesOf({ openOrders: [anOrder()] }, { stamps: [batchOf()] })).toEqual([
      { change: 'orderAbandoned', id: orderId(1), cause: 'it was never sent', atBlock: null },
    ]);
  });

  it('that is abandoned reports a batch that may be its own: topped up, and without its label', () => {
    const amount = plur(anOrder().amount + 5n);
    const stamps = [
      batchOf(anOrder(), { label: 'recovered', amount }),
      { ...batchOf(anOrder(), { label: 'recovered', amount: plur(5n) }), batchId: batchId(8) },
      { ...batchOf(anOrder(), { label: 'theirs', amount }), batchId: batchId(7) },
    ];
    const { incidents } = settle(settleInput({ openOrders: [unknown(anOrder(), SYNCED - 45)] }, { stamps }));
    expect(incidents).toMatchObject([
      { code: 'PURCHASE_ABANDONED', subject: orderId(1), detail: expect.stringMatching(/ transaction\.$/) },
      {
        code: 'PURCHASE_AMBIGUOUS',
        subject: batchId(9),
        detail: expect.stringMatching(/mined in block \d+, may belong to .* planned at block \d+\.$/),
      },
    ]);
  });

  it('that appears after it was abandoned is an incident, and surplus', () => {
    const { incidents, recovered } = settle(
      settleInput({ abandonedOrders: [abandoned(anOrder())] }, { stamps: [batchOf()] }),
    );
    expect(incidents).toMatchObject([{ code: 'PURCHASE_LATE', subject: orderId(1) }]);
    expect(recovered).toBe(1);
  });

  it('that two batches match is settled by the one with its label, and the other one is reported', () => {
    const stamps = [batchOf(), { ...batchOf(anOrder(), { label: orderId(1) }), batchId: batchId(8) }];
    const { changes, incidents } = settle(settleInput({ openOrders: [unknown(anOrder())] }, { stamps }));
    expect(changes[0]).toMatchObject({ change: 'orderConfirmed', batchId: batchId(8) });
    expect(incidents).toMatchObject([{ code: 'PURCHASE_AMBIGUOUS', subject: batchId(9) }]);
  });
});

/** More than a day of blocks after the first. */
const BLOCK = 20_000;

describe('a stamp that is not shown', () => {
  const missing = (blocks: number | null, withheld?: 'missing') => {
    const stamp = aStamp(
      blocks === null ? {} : { missingSinceBlock: SYNCED - blocks, ...(withheld ? { withheld } : {}) },
    );
    return settle(settleInput({ stamps: [stamp] }));
  };

  it('is also one that was usable, and is shown as unused and not usable', () => {
    const shown = (wishes: Parameters<typeof seenOf>[1], stamp: Parameters<typeof seenOf>[0] = aStamp()) =>
      kinds(changesOf({ stamps: [stamp] }, { stamps: [seenOf(stamp, wishes)] }));
    expect(shown({ usable: false })).toEqual(['stampMissing']);
    expect(shown({ usable: false, utilization: 1 })).toEqual(['stampSeen']);
    expect(shown({ usable: true })).toEqual([]);
    expect(shown({ usable: false }, aPropagatingStamp({ ttlHours: 168 }))).toEqual([]);
    expect(shown({ usable: true }, aPropagatingStamp())).toEqual(['stampAvailable']);
    expect(shown({ usable: true, ttlSeconds: null }, aPropagatingStamp())).toEqual([]);
  });

  it('and was in use stays so, and is not reported again', () => {
    expect(settle(settleInput({ stamps: [aStamp({ withheld: 'in_use' })] }))).toMatchObject({
      changes: [{ change: 'stampMissing', sinceBlock: SYNCED, withheld: 'in_use', lastLostAtBlock: null }],
      incidents: [],
    });
  });

  it('is missing anew the next time if it was shown in between', () => {
    const stamp = aStamp({ missingSinceBlock: SYNCED - 9 });
    expect(changesOf({ stamps: [stamp] }, { stamps: [seenOf(stamp)] })).toMatchObject([
      { change: 'stampSeen', withheld: null },
    ]);
  });

  it('is recorded, withheld after 10 blocks, and lost after 120, each with an incident', () => {
    expect(missing(null)).toMatchObject({
      changes: [{ change: 'stampMissing', sinceBlock: SYNCED, withheld: null, lastLostAtBlock: null }],
      incidents: [],
    });
    expect(missing(9)).toMatchObject({ changes: [], incidents: [] });
    expect(missing(10)).toMatchObject({
      changes: [{ sinceBlock: SYNCED - 10, withheld: 'missing', lastLostAtBlock: null }],
      incidents: [{ code: 'STAMP_WITHHELD', detail: expect.stringContaining(`since block ${SYNCED - 10}`) }],
    });
    expect(missing(119, 'missing')).toMatchObject({ changes: [], incidents: [] });
    expect(missing(120, 'missing')).toMatchObject({
      changes: [{ withheld: 'lost', lastLostAtBlock: SYNCED }],
      incidents: [{ code: 'STAMP_MISSING' }],
    });
  });

  it.each([
    ['in the same block', 0, []],
    ['a block ago', 1, []],
    ['a day ago, less one block', 17_279, []],
    ['a day ago', 17_280, [{ withheld: 'lost', lastLostAtBlock: BLOCK }]],
    ['in the future, on a chain that started again', -1, [{ withheld: 'lost', lastLostAtBlock: BLOCK }]],
  ])('that was lost %s becomes lost again at most once a day', (_when, blocksAgo, changes) => {
    const stamp = aStamp({
      missingSinceBlock: BLOCK - 120,
      withheld: 'missing',
      lastLostAtBlock: BLOCK - blocksAgo,
    });
    expect(settle(settleInput({ stamps: [stamp] }, { block: BLOCK })).changes).toMatchObject(changes);
  });

  it('that is lost stays lost', () => {
    const stamp = aStamp({ missingSinceBlock: 1_000, withheld: 'lost', lastLostAtBlock: SYNCED - 5 });
    expect(settle(settleInput({ stamps: [stamp] }))).toMatchObject({ changes: [], incidents: [] });
  });

  it('is not reported as withheld if it was just bought, or has expired', () => {
    const [bought, over] = [
      aPropagatingStamp({ missingSinceBlock: SYNCED - 10 }),
      aStamp({ n: 2, ttlHours: 0, missingSinceBlock: SYNCED - 10 }),
    ];
    expect(settle(settleInput({ stamps: [bought, over] }))).toMatchObject({
      changes: [{ withheld: 'missing' }, { withheld: 'missing' }],
      incidents: [],
    });
  });

  it('is not reported as lost if it has expired: the plan expires it', () => {
    const stamp = aStamp({ ttlHours: 0, missingSinceBlock: SYNCED - 120, withheld: 'missing' });
    expect(settle(settleInput({ stamps: [stamp] }))).toMatchObject({
      changes: [{ withheld: 'lost' }],
      incidents: [],
    });
  });

  it.each([true, false])('is withheld permanently once it was used, usable or not (%s)', (usable) => {
    const stamp = aStamp({ n: 1 });
    const { changes, incidents } = settle(
      settleInput({ stamps: [stamp] }, { stamps: [seenOf(stamp, { usable, utilization: 1 })] }),
    );
    expect(changes).toMatchObject([{ change: 'stampSeen', withheld: 'in_use' }]);
    const detail = `Batch ${stamp.batchId} of depth 17.`;
    expect(incidents).toEqual([{ code: 'STAMP_IN_USE', subject: stamp.batchId, detail }]);
  });

  it('that is in use stays so, whatever is shown, and is reported once', () => {
    const stamp = aStamp({ withheld: 'in_use' });
    for (const utilization of [0, 1])
      expect(
        settle(settleInput({ stamps: [stamp] }, { stamps: [seenOf(stamp, { utilization })] })),
      ).toMatchObject({
        changes: [],
        incidents: [],
      });
    const gone = { ...stamp, missingSinceBlock: SYNCED - 500 };
    expect(settle(settleInput({ stamps: [gone] }))).toMatchObject({ changes: [], incidents: [] });
  });

  it('is available again once it is shown', () => {
    const stamp = aStamp({ missingSinceBlock: 1_000, withheld: 'lost' });
    expect(changesOf({ stamps: [stamp] }, { stamps: [seenOf(stamp)] })).toMatchObject([
      { change: 'stampSeen', withheld: null },
    ]);
  });
});

it('reports a larger depth as a dilution, and follows it', () => {
  const stamp = aStamp();
  const found = settle(settleInput({ stamps: [stamp] }, { stamps: [seenOf(stamp, { depth: depth(19) })] }));
  expect(found).toMatchObject({
    changes: [{ change: 'stampSeen', depth: 19 }],
    incidents: [{ code: 'STAMP_DILUTED', subject: stamp.batchId }],
  });
});

it('computes the expiry from the synced block, not from the head of the chain', () => {
  const stamp = aStamp({ ttlHours: 1 });
  const [change] = changesOf({ stamps: [stamp] }, { stamps: [seenOf(stamp, { ttlSeconds: 600 })] });
  expect(change).toMatchObject({
    change: 'stampSeen',
    expiresAt: new Date(T0.getTime() + (600 - (TIP - SYNCED) * 5) * 1000),
  });
});

it('records the time to live with which a stamp becomes available, which is never negative', () => {
  const stamp = aPropagatingStamp();
  const availableWith = (ttlSeconds: number) =>
    changesOf({ stamps: [stamp] }, { stamps: [seenOf(stamp, { ttlSeconds })] });
  const lagSeconds = (TIP - SYNCED) * 5;
  expect(availableWith(lagSeconds + 600.9)).toMatchObject([
    { change: 'stampAvailable', expiresAt: new Date(T0.getTime() + 600_900), ttlAtCreationSeconds: 600 },
  ]);
  expect(availableWith(lagSeconds - 1)).toMatchObject([
    { change: 'stampAvailable', expiresAt: new Date(T0.getTime() - 1_000), ttlAtCreationSeconds: 0 },
  ]);
});

it('follows an expiry that falls, or rises by two minutes', () => {
  const stamp = aStamp();
  const shown = (later: number, of: typeof stamp | ReturnType<typeof aPropagatingStamp> = stamp) => {
    const { ttlSeconds } = seenOf(stamp);
    const seen = seenOf(of, { ttlSeconds: (ttlSeconds ?? 0) + later, usable: of.state === 'available' });
    return kinds(changesOf({ stamps: [of] }, { stamps: [seen] }));
  };
  expect([-1, 0, 1, 119, 120].map((later) => shown(later))).toEqual([
    ['stampSeen'],
    [],
    [],
    [],
    ['stampSeen'],
  ]);
  const propagating = aPropagatingStamp({ ttlHours: 168 });
  expect([-1, 0, 120].map((later) => shown(later, propagating))).toEqual([['stampSeen'], [], ['stampSeen']]);
  expect(shown(0, aPropagatingStamp()), 'the first time').toEqual(['stampSeen']);
});

it('settles each stamp of a slice by itself', () => {
  const [same, used] = [aStamp({ n: 1 }), aStamp({ n: 2 })];
  const seen = fresh({ stamps: [seenOf(same), seenOf(used, { utilization: 1 })] });
  expect(settleStamps([same, used], { seen, blockTimeSeconds: 5, absenceCounts: false })).toMatchObject({
    changes: [{ change: 'stampSeen', batchId: used.batchId }],
    incidents: [{ code: 'STAMP_IN_USE' }],
  });
});

describe('of the stamps that become available', () => {
  it('those that were bought are counted', () => {
    const bought = aPropagatingStamp({ n: 1, orderId: orderId(1) });
    const late = aPropagatingStamp({ n: 2, orderId: orderId(2) });
    const adopted = aPropagatingStamp({ n: 3 });
    const available = aStamp({ n: 4, orderId: orderId(4) });
    const stamps = [bought, late, adopted, available];
    const shown = stamps.map((stamp) => seenOf(stamp, { usable: stamp !== late }));
    expect(settle(settleInput({ stamps }, { stamps: shown })).delivered).toBe(1);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('so is one that is usable (%s) when its order is confirmed', (usable, delivered) => {
    const openOrders = [unknown(anOrder())];
    expect(settle(settleInput({ openOrders }, { stamps: [batchOf(anOrder(), { usable })] }))).toMatchObject({
      delivered,
    });
  });
});

it('follows each fact of a stamp that the node shows otherwise, alone', () => {
  const stamp = aStamp();
  const amount = plur(stamp.amount + 1n);
  const changesOfShown = (facts: Parameters<typeof seenOf>[1]) =>
    changesOf({ stamps: [stamp] }, { stamps: [seenOf(stamp, facts)] });
  expect(changesOfShown({})).toEqual([]);
  expect(changesOfShown({ amount })).toMatchObject([{ change: 'stampSeen', amount }]);
  expect(changesOfShown({ immutable: false })).toMatchObject([{ change: 'stampSeen', immutable: false }]);
  expect(changesOfShown({ immutable: null }), 'a node that does not say').toEqual([]);
});
