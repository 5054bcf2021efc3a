import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import type { OpenOrder } from '../../src/domain/order.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { costOf, depth, plur } from '../../src/domain/units.ts';
import { anOrder, aPropagatingStamp, aStamp, aTopUp, batchId, NODE, T0 } from '../builders.ts';
import { reserveIn } from '../stock-of.ts';
import { aPolicy } from '../virtual/world.ts';
import {
  abandoned,
  aClaim,
  fresh,
  type PlanInput,
  plan,
  planInput,
  SYNCED,
  seenOf,
  sent,
  unknown,
} from './plan-input.ts';

const small = (count: number, wishes: Partial<Policy> = {}): Policy =>
  aPolicy({ targets: new Map([[depth(17), count]]), ...wishes });
const actionsOf = (given: PlanInput, policy: Policy): readonly Action[] => plan(given, policy, T0).actions;
/** A week and an hour at 24,000 PLUR a block and 5 s blocks, and the nonce. */
const AMOUNT = plur(24_000n * 121_680n + 7n);

describe('the plan', () => {
  it('buys a missing stamp, with the reason', () => {
    expect(actionsOf(planInput(), small(1))).toEqual([
      {
        do: 'buy',
        purpose: 'reserve',
        depth: 17,
        amount: AMOUNT,
        cost: costOf(AMOUNT, depth(17)),
        reason: 'depth 17: 0 available + 0 on order < 1',
      },
    ]);
  });

  it('names withheld stamps, whether they count as on order or not', () => {
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

  it('buys one at a time, and holds the rest', () => {
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

  it('has nothing to do if every target is met', () => {
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
    ['an unknown purchase', { openOrders: [unknown(anOrder())] }],
    ['a stamp that propagates', { stamps: [aPropagatingStamp()] }],
    ['a missing stamp', { stamps: [aStamp({ missingSinceBlock: 1_985, withheld: 'missing' as const })] }],
    [
      'a stamp below the promised time to live that is being topped up',
      { stamps: [aStamp({ ttlHours: 2 })], openOrders: [sent(aTopUp())] },
    ],
  ])('counts %s as stock', (_what, stock) => {
    expect(actionsOf(planInput(stock), small(1)).filter(({ do: verb }) => verb === 'buy')).toEqual([]);
    expect(plan(planInput(stock), small(1), T0).spending?.nextReplenishment).toBe(0n);
  });

  it('counts a stamp that is topped up once, at the promised time to live and below it', () => {
    for (const ttlHours of [12, 12 - 1 / 3_600]) {
      const given = planInput({ stamps: [aStamp({ ttlHours })], openOrders: [sent(aTopUp())] });
      expect(actionsOf(given, small(2, { acquireMinTtlSeconds: 12 * 3_600 }))).toMatchObject([
        {
          do: 'hold',
          code: 'BUSY',
          reason: expect.stringMatching(/^depth 17: [01] available \+ [01] on order < 2: /),
        },
      ]);
      expect(plan(given, small(1, { acquireMinTtlSeconds: 12 * 3_600 }), T0).actions).toMatchObject([
        { code: 'NOTHING_TO_DO' },
      ]);
    }
  });

  it.each([
    ['lost', aStamp({ missingSinceBlock: 1_800, withheld: 'lost' })],
    ['in use', aStamp({ withheld: 'in_use' })],
  ])('replaces a stamp that is %s', (_what, stamp) => {
    expect(actionsOf(planInput({ stamps: [stamp] }), small(1))).toMatchObject([{ do: 'buy' }]);
  });

  it('tops up stamps that the targets need, and no surplus', () => {
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

  it('tops up a stamp below the promised time to live, and buys none in its place', () => {
    const stamps = [aStamp({ ttlHours: 11 })];
    expect(actionsOf(planInput({ stamps }), small(1))).toMatchObject([{ do: 'topUp' }]);
    expect(actionsOf(planInput({ stamps }), small(2))).toMatchObject([
      { do: 'topUp' },
      {
        do: 'hold',
        code: 'BUSY',
        reason: expect.stringMatching(/^depth 17: 0 available \+ 1 on order < 2: 1 more/),
      },
    ]);
  });

  it('makes no top-up in the last five minutes of a stamp', () => {
    const verbsAt = (ttlSeconds: number) =>
      actionsOf(planInput({ stamps: [aStamp({ ttlHours: ttlSeconds / 3600 })] }), small(1)).map(
        (action) => action.do,
      );
    expect(verbsAt(301)).toContain('topUp');
    expect(verbsAt(300)).not.toContain('topUp');
  });

  it('counts each stamp that is due once, also those that a run does not read', () => {
    const stamps = Array.from({ length: 130 }, (_, n) => aStamp({ n: n + 1, ttlHours: 20 }));
    const { actions, spending } = plan(planInput({ stamps }), small(130), T0);
    const [topUp, ...queued] = actions;
    const cost = topUp?.do === 'topUp' ? topUp.cost : 0n;
    const costs = queued.map((action) =>
      action.do === 'hold' && action.code === 'BUSY' ? action.cost : null,
    );
    expect(costs.reduce((sum: bigint, one) => sum + (one ?? 0n), cost)).toBe(130n * cost);
    expect(spending?.nextReplenishment).toBe(130n * cost);
  });

  it('makes a top-up with a near deadline before it fills an empty depth, and that before any other top-up', () => {
    const targets = new Map([
      [depth(17), 1],
      [depth(20), 1],
    ]);
    const first = (ttlHours: number) =>
      actionsOf(planInput({ stamps: [aStamp({ ttlHours })] }), aPolicy({ targets }))[0];
    expect(first(13)).toMatchObject({ do: 'topUp' });
    expect(first(23)).toMatchObject({ do: 'buy', depth: 20 });
  });

  it('keeps the turn of a top-up whose batch was not read, and tops it up when it was', () => {
    const stamps = [aStamp({ ttlHours: 11 })];
    const policy = small(2);
    expect(actionsOf(planInput({ stamps }, { batches: new Map() }), policy)).toMatchObject([
      { do: 'hold', code: 'BUSY', reason: expect.stringMatching(/ is read first, in the next run$/) },
      { do: 'hold', code: 'BUSY', reason: expect.stringMatching(/^depth 17: .* 1 more after/) },
    ]);
    expect(actionsOf(planInput({ stamps }), policy)).toMatchObject([{ do: 'topUp' }, { code: 'BUSY' }]);
  });

  it('fills an empty depth before one that is empty and has a stamp on order', () => {
    const targets = new Map([
      [depth(17), 2],
      [depth(20), 1],
    ]);
    const given = planInput({ stamps: [aPropagatingStamp()] });
    expect(actionsOf(given, aPolicy({ targets }))).toMatchObject([
      { do: 'buy', depth: 20 },
      { do: 'hold', depth: 17, code: 'BUSY' },
    ]);
  });

  it('expires only stamps whose time is over and that the node has not shown for as long as a lost stamp', () => {
    const over = aStamp({ ttlHours: -1 });
    const ending = (ttlHours: number) => {
      const stamps = [aStamp({ ttlHours, missingSinceBlock: SYNCED - 120 })];
      return actionsOf({ ...planInput({ stamps }), freshness: planInput().freshness }, small(0))[0]?.do;
    };
    expect([ending(0), ending(1 / 3_600_000)]).toEqual(['expire', 'hold']);
    expect(actionsOf(planInput({ stamps: [over] }), small(0))).toMatchObject([{ do: 'hold' }]);
    const absent = (missingSinceBlock: number, policy: Partial<Policy> = {}) => {
      const stamps = [aStamp({ ttlHours: -1, missingSinceBlock })];
      return actionsOf({ ...planInput({ stamps }), freshness: planInput().freshness }, small(0, policy));
    };
    expect(absent(SYNCED - 119)).toMatchObject([{ do: 'hold' }]);
    expect(absent(SYNCED - 120)).toMatchObject([{ do: 'expire', batchId: over.batchId }]);
    expect(absent(SYNCED - 120, { drainedNodes: new Set([NODE]) })).toMatchObject([
      { do: 'expire', batchId: over.batchId },
      { do: 'hold', code: 'NODE_DRAINED' },
    ]);
  });

  it('only expires, and holds, while the node does not know the price', () => {
    const stamps = [
      aStamp({ n: 1, ttlHours: -1, missingSinceBlock: SYNCED - 120 }),
      aStamp({ n: 2, ttlHours: 20 }),
    ];
    const given = { ...planInput({ stamps }), freshness: planInput({}, { price: 0n }).freshness };
    expect(plan(given, small(3), T0)).toMatchObject({
      actions: [
        { do: 'expire', batchId: batchId(1) },
        { do: 'hold', code: 'PRICE_UNKNOWN', depth: null, cost: null },
      ],
      spending: null,
    });
  });

  it('sets no higher daily limit by what was spent if no wallet is known', () => {
    const limitOf = (spentLastDay: bigint) => {
      const freshness = { is: 'fresh', seen: { ...fresh(), wallet: null } } as const;
      const given = planInput({}, {}, { freshness, spentLastDay: plur(spentLastDay) });
      return plan(given, small(10_000), T0).spending?.dailyLimit;
    };
    expect(limitOf(10n ** 24n)).toBe(limitOf(0n));
  });

  it('expires no stamp whose own unsettled top-up may have extended its life', () => {
    const topUp = unknown(aTopUp(), null, aClaim(1_000, { batchId: batchId(1), overdue: true }));
    const expired = (ttlHours: number, order: OpenOrder = topUp, price = 24_000n) => {
      const stamps = [aStamp({ ttlHours, missingSinceBlock: SYNCED - 120, withheld: 'lost' as const })];
      const given = {
        ...planInput({ stamps, openOrders: [order] }),
        freshness: planInput({}, { price }).freshness,
      };
      return actionsOf(given, small(0)).filter(({ do: verb }) => verb === 'expire');
    };
    const addedHours = (Number(aTopUp().amount / 24_000n) * 5) / 3600;
    expect(expired(-addedHours + 0.1)).toEqual([]);
    const addedInMs = unknown(aTopUp({ amount: 24_000n * 720n }));
    expect([expired(-1, addedInMs).length, expired(-1 + 1 / 3_600_000, addedInMs).length]).toEqual([1, 0]);
    expect(expired(-addedHours - 0.1)).toHaveLength(1);
    expect(expired(-addedHours - 0.1, topUp, 0n)).toEqual([]); // the price is not known
    expect(expired(-0.1, unknown(anOrder()))).toHaveLength(1);
    expect(expired(-0.1, unknown(aTopUp({ of: batchId(2) })))).toHaveLength(1);
  });

  it('does not count a missing stamp with too little time to live as stock', () => {
    const missing = aStamp({ ttlHours: 11, missingSinceBlock: 1_985, withheld: 'missing' });
    expect(
      actionsOf({ ...planInput({ stamps: [missing] }), freshness: planInput().freshness }, small(1)),
    ).toMatchObject([
      { do: 'buy', depth: 17, reason: 'depth 17: 0 available + 0 on order < 1; withheld: 1 missing' },
    ]);
  });

  it.each([
    ['an order is open', { openOrders: [unknown(anOrder({ depth: 20 }))] }, {}, {}, 'BUSY'],
    ['an answer is outstanding', {}, {}, { sending: true }, 'BUSY'],
    [
      'a transaction is pending',
      {},
      { pendingPostage: ['Postage batch creation'] },
      {},
      'TRANSACTION_PENDING',
    ],
    [
      'the node refused the last request',
      {},
      {},
      { backOff: { until: new Date(T0.getTime() + 1), reason: 'busy' } },
      'BACKING_OFF',
    ],
  ])('holds while %s', (_what, stock, observed, rest, code) => {
    expect(actionsOf(planInput(stock, observed, rest), small(1))).toMatchObject([{ do: 'hold', code }]);
  });

  const claimed = (blocksAgo: number, overdue = false) =>
    sent(anOrder(), aClaim(SYNCED - blocksAgo, { overdue }));
  const both = aPolicy({
    targets: new Map([
      [depth(17), 1],
      [depth(20), 1],
    ]),
  });

  it('makes no second purchase while one is not listed yet, but tops up', () => {
    expect(actionsOf(planInput({ openOrders: [claimed(14)] }), both)).toMatchObject([
      { do: 'hold', code: 'BUSY', depth: 20 },
    ]);
    const stamps = [aStamp({ n: 2, ttlHours: 20 })];
    expect(actionsOf(planInput({ stamps, openOrders: [claimed(14)] }), small(2))).toMatchObject([
      { do: 'topUp', batchId: batchId(2) },
    ]);
  });

  it('does not wait for an order that an earlier holder has sent, unless it is old or Bee has answered it', () => {
    const buys = (order: OpenOrder, shown: Parameters<typeof planInput>[1] = {}) => {
      const takenOver = new Set([order.id]);
      const [action] = actionsOf(planInput({ openOrders: [order] }, shown, { takenOver }), both);
      return action?.do === 'buy' ? action.depth : action?.do === 'hold' && action.code;
    };
    const planned = (blocksAgo: number) => anOrder({ plannedAtBlock: SYNCED - blocksAgo });
    expect(buys(unknown(planned(119)))).toBe(20); // its own need is met: it is on order
    expect(buys(unknown(planned(120)))).toBe('BUSY');
    expect(buys(planned(1))).toBe('BUSY'); // only in a dry run: it is settled as never sent
    expect(buys(sent(planned(20), aClaim(SYNCED - 14)))).toBe('BUSY');
    expect(buys(sent(planned(20), aClaim(SYNCED - 15)))).toBe('PURCHASE_NOT_SHOWN');
    expect(buys(unknown(planned(20)), { pendingPostage: ['Postage batch creation'] })).toBe(
      'TRANSACTION_PENDING',
    );
    const [bought] = actionsOf(planInput({}, {}), aPolicy({ targets: new Map([[depth(20), 1]]) }));
    const cost = (bought?.do === 'buy' ? bought.cost : 0n) + planned(20).cost;
    expect(buys(unknown(planned(20)), { bzz: cost })).toBe(20);
    expect(buys(unknown(planned(20)), { bzz: cost - 1n })).toBe('WALLET_BZZ');
  });

  it('holds with its end if a claimed purchase is not shown, even if nothing else is needed', () => {
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

  it('holds for a stamp whose claimed top-up is not shown, and tops up another one', () => {
    const stamps = [aStamp({ n: 1, ttlHours: 20 }), aStamp({ n: 2, ttlHours: 21 })];
    const openOrders = [sent(aTopUp(), aClaim(SYNCED - 15, { batchId: batchId(1) }))];
    expect(actionsOf(planInput({ stamps, openOrders }), small(2))).toMatchObject([
      { do: 'hold', code: 'TOP_UP_NOT_SHOWN', depth: 17, reason: expect.stringContaining(batchId(1)) },
      { do: 'topUp', batchId: batchId(2) },
    ]);
  });

  it('replaces a stamp below the promised time to live if its top-up is overdue', () => {
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

  it('pauses after abandoned purchases, and after abandoned top-ups of a stamp', () => {
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

  it('adopts no batch with the amount of an unsettled purchase', () => {
    const openOrders = [claimed(5)];
    const found = [seenOf(aStamp({ n: 5, amount: anOrder().amount })), seenOf(aStamp({ n: 6 }))];
    expect(
      actionsOf(planInput({ openOrders }, { stamps: found }), small(3, { adoption: { from: 'any' } })),
    ).toMatchObject([
      { do: 'adopt', batchId: batchId(6) },
      { do: 'hold', code: 'BUSY' },
    ]);
  });

  it('adopts a batch that was reported as a purchase in no row only from a list', () => {
    const found = [5, 6].map((n) => seenOf(aStamp({ n })));
    const given = { ...planInput({}, { stamps: found }), unaccounted: new Set([batchId(5)]) };
    const adopted = (adoption: Policy['adoption']) =>
      actionsOf(given, small(2, { adoption })).flatMap((action) =>
        action.do === 'adopt' ? action.batchId : [],
      );
    expect(adopted({ from: 'any' })).toEqual([batchId(6)]);
    expect(adopted({ from: 'list', batchIds: new Set([batchId(5)]) })).toEqual([batchId(5)]);
  });

  it('adopts what the target lacks, less what is available and what is on order', () => {
    const found = [5, 6, 7, 8].map((n) => seenOf(aStamp({ n })));
    const given = planInput(
      { stamps: [aStamp({ n: 1 })], openOrders: [sent(anOrder({ n: 2 }))] },
      { stamps: found },
    );
    const adopted = (target: number) =>
      actionsOf(given, small(target, { adoption: { from: 'any' } })).filter(
        ({ do: verb }) => verb === 'adopt',
      );
    expect([1, 2, 3, 4, 9].map((target) => adopted(target).length)).toEqual([0, 0, 1, 2, 4]);
  });

  it('adopts a batch with the amount of an open top-up, and one without a label only from a list', () => {
    const seen = { amount: plur(aTopUp().amount) };
    const found = [5, 6].map((n) => seenOf(aStamp({ n }), n === 5 ? seen : { ...seen, label: null }));
    const given = planInput({ openOrders: [sent(aTopUp({ of: batchId(1) }))] }, { stamps: found });
    const adopted = (adoption: Policy['adoption']) =>
      actionsOf(given, small(2, { adoption })).flatMap((action) =>
        action.do === 'adopt' ? action.batchId : [],
      );
    expect(adopted({ from: 'any' })).toEqual([batchId(5)]);
    expect(adopted({ from: 'list', batchIds: new Set([batchId(5), batchId(6)]) })).toHaveLength(2);
    expect(adopted({ from: 'nowhere' })).toEqual([]);
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

  it('adopts a batch with exactly the promised time to live', () => {
    const adopted = (ttlHours: number) =>
      actionsOf(
        planInput({}, { stamps: [seenOf(aStamp({ ttlHours }))] }),
        small(1, { adoption: { from: 'any' }, acquireMinTtlSeconds: 12 * 3_600 }),
      )[0]?.do;
    expect([adopted(12), adopted(12 - 1 / 3_600)]).toEqual(['adopt', 'buy']);
  });

  it('adopts the longest-lived batches first, and one without a time to live never', () => {
    const found = [3, 1, 2].map((n) => seenOf(aStamp({ n, ttlHours: 100 + n })));
    const endless = seenOf(aStamp({ n: 4 }), { ttlSeconds: null });
    expect(
      actionsOf(planInput({}, { stamps: [endless, ...found] }), small(2, { adoption: { from: 'any' } })),
    ).toMatchObject([
      { do: 'adopt', batchId: batchId(3) },
      { do: 'adopt', batchId: batchId(2) },
    ]);
  });

  it('states why each batch of the list is not adopted', () => {
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

  it('names at most ten batches per reason, and holds for no list of pooled batches', () => {
    const reasonOf = (count: number) => {
      const batchIds = new Set(Array.from({ length: count }, (_, n) => batchId(n + 1)));
      const [, hold] = actionsOf(planInput(), small(1, { adoption: { from: 'list', batchIds } }));
      return hold?.reason;
    };
    expect(reasonOf(1_000)).toMatch(
      /^1000 of 1000 batches .* 1000 not on the node \(([0-9a-f]{64}, ){9}[0-9a-f]{64} and 990 more\)$/,
    );
    expect(reasonOf(10)).toMatch(/ 10 not on the node \(([0-9a-f]{64}, ){9}[0-9a-f]{64}\)$/);
    const one = small(1, { adoption: { from: 'list', batchIds: new Set([batchId(1)]) } });
    expect(actionsOf(planInput({}, { stamps: [seenOf(aStamp({ n: 1 }))] }), one)).toMatchObject([
      { do: 'adopt' },
    ]);
    const pooled = planInput({ stamps: [aStamp({ n: 1 })] });
    expect(actionsOf(pooled, one)).toMatchObject([{ do: 'hold', code: 'NOTHING_TO_DO' }]);
  });

  it('counts adopted stamps, so that another empty depth comes first', () => {
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

  it('does not adopt a batch that was in the pool', () => {
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

describe('for any stock', () => {
  it('a plan buys and tops up at most the target less the stock, and sends at most one operation', () => {
    fc.assert(
      fc.property(stockArb, targetsArb, (stock, targets) => {
        const policy = aPolicy({ targets });
        const { actions, spending } = plan(planInput(stock), policy, T0);
        const sending = actions.filter(({ do: verb }) => verb === 'buy' || verb === 'topUp');
        expect(sending.length).toBeLessThanOrEqual(stock.openOrders.length > 0 ? 0 : 1);
        const missing = reserveIn(stock, policy, T0).depths.reduce(
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

  it('a plan on a stale observation only holds', () => {
    fc.assert(
      fc.property(stockArb, targetsArb, fc.integer({ min: 21, max: 10_000 }), (stock, targets, lag) => {
        const given = planInput(stock, { lag });
        const { actions } = plan(given, aPolicy({ targets, adoption: { from: 'any' } }), T0);
        expect(actions).toMatchObject([{ do: 'hold', code: 'NODE_BEHIND' }]);
      }),
    );
  });
});
