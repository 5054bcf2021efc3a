import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { reserveOf } from '../../src/domain/reserve.ts';
import { costOf, depth, plur } from '../../src/domain/units.ts';
import { plan } from '../../src/reconciler/plan.ts';
import type { PlanInput } from '../../src/reconciler/plan-input.ts';
import { anOrder, aPropagatingStamp, aStamp, aTopUp, batchId, T0 } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';
import { abandoned, aClaim, planInput, SYNCED, seenOf, sent, unknown } from './plan-input.ts';

const small = (count: number, wishes: Partial<Policy> = {}): Policy =>
  aPolicy({ targets: new Map([[depth(17), count]]), ...wishes });
const actionsOf = (given: PlanInput, policy: Policy): readonly Action[] => plan(given, policy, T0).actions;
/** A week and an hour at 24,000 PLUR a block and 5 s blocks, and the tag. */
const AMOUNT = plur(24_000n * 121_680n + 7n);

describe('the plan', () => {
  it('buys what is missing, and says why', () => {
    expect(actionsOf(planInput(), small(1))).toEqual([
      {
        do: 'buy',
        depth: 17,
        amount: AMOUNT,
        cost: costOf(AMOUNT, depth(17)),
        reason: 'depth 17: 0 available + 0 on order < 1',
      },
    ]);
  });

  it('says what is withheld, whether it counts as on order or not', () => {
    const withheld = [
      aStamp({ n: 1, withheld: 'missing', missingSinceBlock: 1 }),
      aStamp({ n: 2, withheld: 'lost', missingSinceBlock: 1 }),
      aStamp({ n: 3, withheld: 'in_use' }),
    ];
    expect(actionsOf(planInput({ stamps: withheld }), small(1))).toMatchObject([
      {
        code: 'NOTHING_TO_DO',
        reason:
          'every target is met, counting what is on order; withheld: 1 missing, 1 lost, 1 in use of depth 17',
      },
    ]);
    expect(actionsOf(planInput({ stamps: withheld }), small(2))).toMatchObject([
      { do: 'buy', reason: 'depth 17: 0 available + 1 on order < 2; withheld: 1 missing, 1 lost, 1 in use' },
    ]);
  });

  it('buys one at a time, and says what waits', () => {
    expect(
      actionsOf(
        planInput(),
        aPolicy({
          targets: new Map([
            [depth(17), 2],
            [depth(20), 1],
          ]),
        }),
      ),
    ).toMatchObject([
      { do: 'buy', depth: 17 },
      {
        do: 'hold',
        code: 'BUSY',
        depth: 17,
        cost: costOf(AMOUNT, depth(17)),
        reason: expect.stringContaining('1 more after'),
      },
      { do: 'hold', code: 'BUSY', depth: 20, cost: costOf(AMOUNT, depth(20)) },
    ]);
  });

  it('has nothing to do when every target is met, and says so', () => {
    expect(actionsOf(planInput({ stamps: [aStamp()] }), small(1))).toEqual([
      {
        do: 'hold',
        code: 'NOTHING_TO_DO',
        depth: null,
        cost: null,
        reason: 'every target is met, counting what is on order',
      },
    ]);
  });

  it.each([
    ['a planned purchase', { openOrders: [anOrder()] }],
    ['a sent purchase', { openOrders: [sent(anOrder())] }],
    ['a purchase of unknown outcome', { openOrders: [unknown(anOrder())] }],
    ['a stamp that propagates', { stamps: [aPropagatingStamp()] }],
    [
      'a stamp that is missing for a while',
      { stamps: [aStamp({ missingSinceBlock: 1_985, withheld: 'missing' as const })] },
    ],
    [
      'a stamp below the promise that is being topped up',
      { stamps: [aStamp({ ttlHours: 2 })], openOrders: [sent(aTopUp())] },
    ],
  ])('counts %s as stock', (_what, stock) => {
    expect(actionsOf(planInput(stock), small(1)).filter(({ do: verb }) => verb === 'buy')).toEqual([]);
    expect(plan(planInput(stock), small(1), T0).spending?.nextReplenishment).toBe(0n);
  });

  it.each([
    ['lost', aStamp({ missingSinceBlock: 1_800, withheld: 'lost' })],
    ['in use', aStamp({ withheld: 'in_use' })],
  ])('replaces a stamp that is %s', (_what, stamp) => {
    expect(actionsOf(planInput({ stamps: [stamp] }), small(1))).toMatchObject([{ do: 'buy' }]);
  });

  it('tops up what the targets still want and leaves surplus alone', () => {
    const stamps = [
      aStamp({ n: 1, ttlHours: 20 }),
      aStamp({ n: 2, ttlHours: 30 }),
      aStamp({ n: 3, ttlHours: 20.5 }),
    ];
    expect(actionsOf(planInput({ stamps }), small(2))).toMatchObject([
      { do: 'topUp', batchId: batchId(3), reason: 'depth 17: 73800 s to live < 86400 s' },
    ]);
    expect(actionsOf(planInput({ stamps }), small(1))).toMatchObject([{ do: 'hold', code: 'NOTHING_TO_DO' }]);
  });

  it('puts a top-up whose deadline is near before an empty depth, and an empty depth before any other top-up', () => {
    const targets = new Map([
      [depth(17), 1],
      [depth(20), 1],
    ]);
    const first = (ttlHours: number) =>
      actionsOf(planInput({ stamps: [aStamp({ ttlHours })] }), aPolicy({ targets }))[0];
    expect(first(13)).toMatchObject({ do: 'topUp' });
    expect(first(23)).toMatchObject({ do: 'buy', depth: 20 });
  });

  it('expires only what is over by the clock and not shown for so long that it would be lost otherwise', () => {
    const over = aStamp({ ttlHours: -1 });
    expect(actionsOf(planInput({ stamps: [over] }), small(0))).toMatchObject([{ do: 'hold' }]);
    const absent = (missingSinceBlock: number) => {
      const stamps = [aStamp({ ttlHours: -1, missingSinceBlock })];
      return actionsOf({ ...planInput({ stamps }), node: planInput().node }, small(0));
    };
    expect(absent(SYNCED - 119)).toMatchObject([{ do: 'hold' }]);
    expect(absent(SYNCED - 120)).toMatchObject([{ do: 'expire', batchId: over.batchId }]);
  });

  it('expires no stamp that a top-up which is not settled may keep alive, until its time is over as well', () => {
    const expired = (ttlHours: number) => {
      const stamps = [aStamp({ ttlHours, missingSinceBlock: SYNCED - 120, withheld: 'lost' as const })];
      const openOrders = [unknown(aTopUp(), null, aClaim(1_000, { batchId: batchId(1), overdue: true }))];
      const given = { ...planInput({ stamps, openOrders }), node: planInput().node };
      return actionsOf(given, small(0)).filter(({ do: verb }) => verb === 'expire');
    };
    const addedHours = (Number(aTopUp().amount / 24_000n) * 5) / 3600;
    expect(expired(-addedHours + 0.1)).toEqual([]);
    expect(expired(-addedHours - 0.1)).toHaveLength(1);
  });

  it('does not count as stock what is missing and has too little time to live besides', () => {
    const missing = aStamp({ ttlHours: 11, missingSinceBlock: 1_985, withheld: 'missing' });
    expect(
      actionsOf({ ...planInput({ stamps: [missing] }), node: planInput().node }, small(1)),
    ).toMatchObject([
      { do: 'buy', depth: 17, reason: 'depth 17: 0 available + 0 on order < 1; withheld: 1 missing' },
    ]);
  });

  it.each([
    ['an operation of ours is open', { openOrders: [unknown(anOrder({ depth: 20 }))] }, {}, {}, 'BUSY'],
    ['an answer is awaited', {}, {}, { sending: true }, 'BUSY'],
    [
      'a transaction is pending',
      {},
      { pendingPostage: ['Postage batch creation'] },
      {},
      'TRANSACTION_PENDING',
    ],
    [
      'the node asked for a pause',
      {},
      {},
      { backOff: { until: new Date(T0.getTime() + 1), why: 'busy' } },
      'BACKING_OFF',
    ],
  ])('holds while %s', (_what, stock, sight, rest, code) => {
    expect(actionsOf(planInput(stock, sight, rest), small(1))).toMatchObject([{ do: 'hold', code }]);
  });

  const claimed = (blocksAgo: number, overdue = false) =>
    sent(anOrder(), aClaim(SYNCED - blocksAgo, { overdue }));
  const both = aPolicy({
    targets: new Map([
      [depth(17), 1],
      [depth(20), 1],
    ]),
  });

  it('buys nothing more while a purchase is not listed yet, and still tops up', () => {
    expect(actionsOf(planInput({ openOrders: [claimed(14)] }), both)).toMatchObject([
      { do: 'hold', code: 'BUSY', depth: 20 },
    ]);
    const stamps = [aStamp({ n: 2, ttlHours: 20 })];
    expect(actionsOf(planInput({ stamps, openOrders: [claimed(14)] }), small(2))).toMatchObject([
      { do: 'topUp', batchId: batchId(2) },
    ]);
  });

  it('holds when a purchase that Bee has confirmed is not shown, also where nothing else is needed, and says until when', () => {
    expect(actionsOf(planInput({ openOrders: [claimed(15)] }), both)).toMatchObject([
      {
        do: 'hold',
        code: 'PURCHASE_NOT_SHOWN',
        depth: 17,
        reason: expect.stringContaining(`before block ${SYNCED - 15 + 17_280}`),
      },
      { do: 'hold', code: 'PURCHASE_NOT_SHOWN', depth: 20 },
    ]);
  });

  it('holds for a stamp whose top-up Bee has confirmed and does not show, and tops up another', () => {
    const stamps = [aStamp({ n: 1, ttlHours: 20 }), aStamp({ n: 2, ttlHours: 21 })];
    const openOrders = [sent(aTopUp(), aClaim(SYNCED - 15, { batchId: batchId(1) }))];
    expect(actionsOf(planInput({ stamps, openOrders }), small(2))).toMatchObject([
      { do: 'hold', code: 'TOP_UP_NOT_SHOWN', depth: 17, reason: expect.stringContaining(batchId(1)) },
      { do: 'topUp', batchId: batchId(2) },
    ]);
  });

  it('replaces a stamp below the promise whose top-up is overdue', () => {
    const stamps = [aStamp({ ttlHours: 2 })];
    const topUp = (overdue: boolean) => [
      sent(aTopUp(), aClaim(SYNCED - 120, { batchId: batchId(1), overdue })),
    ];
    const bought = (overdue: boolean) =>
      actionsOf(planInput({ stamps, openOrders: topUp(overdue) }), small(1)).filter(
        ({ do: verb }) => verb === 'buy',
      );
    expect(bought(false)).toEqual([]);
    expect(bought(true)).toHaveLength(1);
  });

  it('waits after purchases, and after top-ups of a stamp, that were given up in a row', () => {
    const endedAtBlock = SYNCED - 44;
    const purchases = [2, 3].map((n) => abandoned(anOrder({ n }), { endedAtBlock }));
    expect(actionsOf(planInput({ abandonedOrders: purchases }), small(1))).toMatchObject([
      {
        do: 'hold',
        code: 'PURCHASE_ABANDONED',
        depth: 17,
        reason: expect.stringContaining(
          `2 in a row were abandoned; the next one is sent at block ${SYNCED + 1} or later`,
        ),
      },
    ]);
    const topUps = [2, 3].map((n) => abandoned(aTopUp({ n }), { endedAtBlock }));
    const stamps = [aStamp({ n: 1, ttlHours: 20 }), aStamp({ n: 2, ttlHours: 21 })];
    expect(actionsOf(planInput({ stamps, abandonedOrders: topUps }), small(2))).toMatchObject([
      { do: 'hold', code: 'TOP_UP_ABANDONED', depth: 17 },
      { do: 'topUp', batchId: batchId(2) },
    ]);
  });

  it('adopts nothing that has the amount of a purchase that is not settled', () => {
    const openOrders = [claimed(5)];
    const found = [seenOf(aStamp({ n: 5, amount: anOrder().amount })), seenOf(aStamp({ n: 6 }))];
    expect(
      actionsOf(planInput({ openOrders }, { stamps: found }), small(3, { adoption: { from: 'any' } })),
    ).toMatchObject([
      { do: 'adopt', batchId: batchId(6) },
      { do: 'hold', code: 'BUSY' },
    ]);
  });

  it('adopts up to the target and not beyond, only unused, usable ones with time to live, and never one called recovered', () => {
    const found = [
      seenOf(aStamp({ n: 1 }), { utilization: 1 }),
      seenOf(aStamp({ n: 2 }), { usable: false }),
      seenOf(aStamp({ n: 3 }), { label: 'recovered' }),
      seenOf(aStamp({ n: 4, ttlHours: 2 })),
      seenOf(aStamp({ n: 5 })),
      seenOf(aStamp({ n: 6 })),
      seenOf(aStamp({ n: 7, depth: 20 })),
    ];
    expect(
      actionsOf(planInput({}, { stamps: found }), small(1, { adoption: { from: 'any' } })),
    ).toMatchObject([{ do: 'adopt', batchId: batchId(5) }]);
    expect(actionsOf(planInput({}, { stamps: found }), small(1))).toMatchObject([{ do: 'buy' }]);
    const listed = small(1, { adoption: { from: 'list', batchIds: new Set([batchId(6)]) } });
    expect(actionsOf(planInput({}, { stamps: found }), listed)).toMatchObject([
      { do: 'adopt', batchId: batchId(6) },
    ]);
  });

  it('says of each batch of a list why it is not adopted', () => {
    const found = [
      seenOf(aStamp({ n: 1 }), { utilization: 1 }),
      seenOf(aStamp({ n: 2 }), { usable: false }),
      seenOf(aStamp({ n: 3, ttlHours: 2 })),
      seenOf(aStamp({ n: 4, depth: 20 })),
      seenOf(aStamp({ n: 5 })),
      seenOf(aStamp({ n: 6 })),
      seenOf(aStamp({ n: 7 })),
    ];
    const batchIds = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9].map(batchId));
    const policy = small(1, { adoption: { from: 'list', batchIds } });
    const pooled = { pooledIds: new Set([batchId(7), batchId(9)]) };
    const [adopted, hold, ...rest] = actionsOf(planInput({}, { stamps: found }, pooled), policy);
    expect([adopted, rest]).toMatchObject([{ do: 'adopt', batchId: batchId(5) }, []]);
    expect(hold).toEqual({
      do: 'hold',
      code: 'NOT_ADOPTED',
      depth: null,
      cost: null,
      reason: [
        `8 of 9 batches listed in STAMP_POOL_ADOPT are not adopted: 1 in use (${batchId(1)})`,
        `1 not usable on the node (${batchId(2)})`,
        `1 with less than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS to live (${batchId(3)})`,
        `1 of a depth without a target (${batchId(4)})`,
        `1 of a depth whose target is met (${batchId(6)})`,
        `2 in the pool, now or before (${batchId(7)}, ${batchId(9)})`,
        `1 not on the node (${batchId(8)})`,
      ].join('; '),
    });
  });

  it('names at most ten batches per reason, and has no word about a list of which all are in the pool', () => {
    const batchIds = new Set(Array.from({ length: 1000 }, (_, n) => batchId(n + 1)));
    const [, hold] = actionsOf(planInput(), small(1, { adoption: { from: 'list', batchIds } }));
    expect(hold?.reason).toMatch(
      /^1000 of 1000 batches .* 1000 not on the node \(([0-9a-f]{64}, ){9}[0-9a-f]{64} and 990 more\)$/,
    );
    const one = small(1, { adoption: { from: 'list', batchIds: new Set([batchId(1)]) } });
    expect(actionsOf(planInput({}, { stamps: [seenOf(aStamp({ n: 1 }))] }), one)).toMatchObject([
      { do: 'adopt' },
    ]);
    const pooled = planInput({ stamps: [aStamp({ n: 1 })] });
    expect(actionsOf(pooled, one)).toMatchObject([{ do: 'hold', code: 'NOTHING_TO_DO' }]);
  });

  it('takes a depth that it adopts for as no longer empty: another that is empty comes first', () => {
    const policy = aPolicy({
      targets: new Map([
        [depth(17), 3],
        [depth(20), 1],
      ]),
      adoption: { from: 'any' },
    });
    const given = planInput({}, { stamps: [seenOf(aStamp())] });
    expect(actionsOf(given, policy)).toMatchObject([
      { do: 'adopt', depth: 17 },
      { do: 'buy', depth: 20 },
      { do: 'hold', depth: 17, reason: expect.stringContaining('depth 17: 1 available + 0 on order < 3') },
    ]);
  });

  it('does not adopt what the pool has ever had', () => {
    const given = planInput({}, { stamps: [seenOf(aStamp({ n: 1 }))] }, { pooledIds: new Set([batchId(1)]) });
    expect(actionsOf(given, small(1, { adoption: { from: 'any' } }))).toMatchObject([{ do: 'buy' }]);
  });
});

const stampArb = fc
  .record({
    ttlHours: fc.integer({ min: -2, max: 200 }),
    depth: fc.constantFrom(17, 20),
    withheld: fc.constantFrom(undefined, 'missing' as const, 'lost' as const, 'in_use' as const),
  })
  .map(({ withheld, ...wishes }) => (withheld ? { ...wishes, withheld } : wishes));
const stockArb = fc
  .record({
    stamps: fc.array(stampArb, { maxLength: 8 }),
    orders: fc.array(fc.constantFrom(17, 20), { maxLength: 3 }),
  })
  .map(({ stamps, orders }) => ({
    stamps: stamps.map((wishes, n) => aStamp({ ...wishes, n: n + 1 })),
    openOrders: orders.map((size, n) => unknown(anOrder({ n: n + 1, depth: size }))),
  }));
const targetsArb = fc
  .record({ small: fc.integer({ min: 0, max: 5 }), medium: fc.integer({ min: 0, max: 5 }) })
  .map(
    ({ small: a, medium: b }) =>
      new Map([
        [depth(17), a],
        [depth(20), b],
      ]),
  );

describe('whatever the stock', () => {
  it('never wants more of a depth than the target less the stock, counting top-ups, and sends one operation at most', () => {
    fc.assert(
      fc.property(stockArb, targetsArb, (stock, targets) => {
        const policy = aPolicy({ targets });
        const { actions, spending } = plan(planInput(stock), policy, T0);
        const sending = actions.filter(({ do: verb }) => verb === 'buy' || verb === 'topUp');
        expect(sending.length).toBeLessThanOrEqual(stock.openOrders.length > 0 ? 0 : 1);
        const missing = reserveOf(stock, policy, T0).depths.reduce(
          (sum, { depth: size, target, available, onOrder }) =>
            sum + costOf(AMOUNT, size) * BigInt(Math.max(0, target - available - onOrder)),
          0n,
        );
        const topUps = actions
          .filter(
            (action) => action.do === 'topUp' || (action.do === 'hold' && action.reason.includes('to live')),
          )
          .reduce((sum, action) => sum + ('cost' in action ? (action.cost ?? 0n) : 0n), 0n);
        expect((spending?.nextReplenishment ?? 0n) - topUps).toBeLessThanOrEqual(missing);
        expect(actions.every(({ reason }) => reason.length > 0)).toBe(true);
        expect(actions.length).toBeGreaterThan(0);
      }),
    );
  });

  it('only holds on a stale observation', () => {
    fc.assert(
      fc.property(stockArb, targetsArb, fc.integer({ min: 21, max: 10_000 }), (stock, targets, lag) => {
        const given = planInput(stock, { lag });
        const { actions } = plan(given, aPolicy({ targets, adoption: { from: 'any' } }), T0);
        expect(actions).toMatchObject([{ do: 'hold', code: 'NODE_BEHIND' }]);
      }),
    );
  });
});
