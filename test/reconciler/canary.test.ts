import { describe, expect, it } from 'vitest';
import type { SeenStamp } from '../../src/domain/observation.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { depth } from '../../src/domain/units.ts';
import { missingSince, seenCanary } from '../../src/reconciler/canary.ts';
import type { KnownCanaries } from '../../src/reconciler/plan-input.ts';
import type { Canary } from '../../src/store/canary-store.ts';
import { anOrder, aStamp, batchId, hours, orderId, T0 } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';
import {
  abandoned,
  batchOf,
  fresh,
  plan,
  planInput,
  SYNCED,
  seenOf,
  sent,
  settle,
  settleInput,
} from './plan-input.ts';

const DAY_BLOCKS = 17_280;
/** Bought more than a day ago. */
const aCanary = (wishes: Partial<Canary> = {}): Canary => ({
  orderId: orderId(50),
  batchId: batchId(50),
  plannedAtBlock: SYNCED - DAY_BLOCKS,
  ...wishes,
});
/** As the node shows it: in use. */
const shown = (ttlHours: number, wishes: Partial<SeenStamp> = {}): SeenStamp =>
  seenOf(aStamp({ n: 50, ttlHours }), { utilization: 1, immutable: false, ...wishes });

const bought = (wishes: Partial<KnownCanaries> = {}): KnownCanaries => ({
  bought: [aCanary()],
  missingSinceBlock: null,
  ...wishes,
});

const wanting = (wishes: Partial<Policy> = {}): Policy =>
  aPolicy({ targets: new Map(), canaryIntervalSeconds: 900, ...wishes });

const actionsOf = (input: ReturnType<typeof planInput>, policy = wanting()) =>
  plan(input, policy, T0).actions;
const canaryOf = (...given: Parameters<typeof actionsOf>) =>
  actionsOf(...given).find((action) => action.do === 'buy' && action.purpose === 'canary');

describe('a canary', () => {
  it('is bought with depth 17 if the node has none, and not if there should be none', () => {
    expect(canaryOf(planInput())).toMatchObject({
      do: 'buy',
      depth: 17,
      reason: 'canary: the node has none',
    });
    const without = wanting({ canaryIntervalSeconds: null });
    expect(actionsOf(planInput(), without)).toMatchObject([{ do: 'hold', code: 'NOTHING_TO_DO' }]);
  });

  it('is not bought again in the block in which one was bought', () => {
    const justBought = bought({ bought: [aCanary({ plannedAtBlock: SYNCED })], missingSinceBlock: 1 });
    expect(canaryOf(planInput({}, {}, { canaries: justBought }))).toBe(undefined);
  });

  it('comes after everything that the reserve needs', () => {
    const policy = wanting({ targets: new Map([[depth(20), 1]]) });
    expect(actionsOf(planInput(), policy)).toMatchObject([
      { do: 'buy', purpose: 'reserve', depth: 20 },
      {
        do: 'hold',
        code: 'BUSY',
        depth: 17,
        reason: expect.stringMatching(/^canary: the node has none: 1 more/),
      },
    ]);
  });

  it('is within the limits of spending, which are never 0 for it', () => {
    expect(canaryOf(planInput(), wanting({ maxSpendPerDay: null }))).toBeDefined();
    const poor = planInput({}, { bzz: 1n });
    expect(actionsOf(poor)).toMatchObject([{ do: 'hold', code: 'WALLET_BZZ', depth: 17 }]);
  });

  it('is not stock: neither on order nor shown does it meet a target', () => {
    const open = sent(anOrder({ n: 8, purpose: 'canary' }));
    const claimed = {
      ...open,
      claim: { batchId: batchId(9), txHash: null, atBlock: SYNCED, overdue: false, refuted: false },
    };
    const policy = wanting({ targets: new Map([[depth(17), 1]]) });
    expect(actionsOf(planInput({ openOrders: [claimed] }), policy)).toMatchObject([
      { do: 'hold', code: 'BUSY', reason: expect.stringMatching(/^depth 17: 0 available \+ 0 on order < 1/) },
    ]);
    const input = planInput({}, { stamps: [shown(100)] }, { canaries: bought() });
    expect(actionsOf(input, policy)).toMatchObject([{ do: 'buy', purpose: 'reserve' }]);
  });

  it('is never bought twice: not while one is on order, nor within a day, whatever the node shows', () => {
    expect(canaryOf(planInput({ openOrders: [sent(anOrder({ purpose: 'canary' }))] }))).toBe(undefined);
    const reserve = planInput({ openOrders: [sent(anOrder())] });
    expect(actionsOf(reserve)).toMatchObject([
      { do: 'hold', code: 'BUSY', reason: expect.stringMatching(/^canary: the node has none/) },
    ]);
    const recent = (blocks: number) =>
      planInput(
        {},
        {},
        {
          canaries: bought({ bought: [aCanary({ plannedAtBlock: SYNCED - blocks })], missingSinceBlock: 1 }),
        },
      );
    expect(canaryOf(recent(DAY_BLOCKS - 1))).toBe(undefined);
    expect(canaryOf(recent(DAY_BLOCKS))).toBeDefined();
    expect(canaryOf(recent(-1)), 'on a chain that started again').toBeDefined();
  });

  it.each([
    ['with hours to live', [shown(7)], null],
    ['with six hours to live', [shown(6)], null],
    ['with less than 6 hours to live', [shown(5)], 'canary: 18000 s to live < 21600 s'],
    ['without a time to live', [shown(5, { ttlSeconds: null })], null],
    ['that was replaced', [shown(5), shown(100, { batchId: batchId(51), usable: false })], null],
  ] as const)('%s is replaced as it must be', (_name, stamps, reason) => {
    const both = [aCanary({ batchId: batchId(51) }), aCanary()];
    for (const canaries of [both, both.toReversed()]) {
      const known = bought({ bought: canaries });
      const found = canaryOf(planInput({}, { stamps }, { canaries: known }));
      expect(found?.reason ?? null).toBe(reason);
    }
  });

  it('that the node does not show is replaced after 120 blocks', () => {
    const missing = (missingSinceBlock: number) =>
      canaryOf(planInput({}, {}, { canaries: bought({ missingSinceBlock }) }));
    expect(missing(SYNCED - 119)).toBe(undefined);
    expect(missing(SYNCED - 120)?.reason).toBe('canary: the node has not shown any since block 1875');
  });

  it('is missing since the first observation in a row that does not show it', () => {
    const without = fresh();
    expect(missingSince(bought(), without)).toBe(SYNCED);
    expect(missingSince(bought({ missingSinceBlock: 1_700 }), without)).toBe(1_700);
    expect(missingSince(bought({ missingSinceBlock: 1_700 }), fresh({ stamps: [shown(9)] }))).toBe(null);
    expect(missingSince({ bought: [], missingSinceBlock: null }, without)).toBe(null);
  });

  it('is used until the one that replaces it is usable', () => {
    const next = (usable: boolean) =>
      fresh({ stamps: [shown(5), shown(100, { batchId: batchId(51), usable })] });
    const both = [aCanary({ batchId: batchId(51) }), aCanary()];
    expect(seenCanary(both, next(false), aPolicy())).toMatchObject({ batchId: batchId(50), usable: true });
    expect(seenCanary(both, next(true), aPolicy())).toEqual({
      batchId: batchId(51),
      usable: true,
      expiresAt: hours(100),
    });
    expect(seenCanary(both, fresh(), aPolicy())).toBe(null);
  });
});

describe('the purchase of a canary', () => {
  const order = { ...anOrder({ purpose: 'canary' }), immutable: false };
  const listed = batchOf(order, { immutable: false });

  it('is settled like any other, and adds no stamp to the pool', () => {
    const { changes, incidents } = settle(settleInput({ openOrders: [sent(order)] }, { stamps: [listed] }));
    expect(changes).toEqual([
      { change: 'orderConfirmed', id: order.id, batchId: listed.batchId, txHash: null, atBlock: SYNCED },
    ]);
    expect(incidents).toEqual([]);
  });

  it('is settled by a batch that settles no other order', () => {
    const twin = { ...anOrder({ n: 2, amount: order.amount }), immutable: false };
    const { changes } = settle(settleInput({ openOrders: [sent(order), sent(twin)] }, { stamps: [listed] }));
    expect(changes).toMatchObject([{ change: 'orderConfirmed', id: order.id }]);
  });

  it('is reported if it was abandoned and is mined after all', () => {
    const { incidents } = settle(settleInput({ abandonedOrders: [abandoned(order)] }, { stamps: [listed] }));
    expect(incidents).toMatchObject([
      { code: 'PURCHASE_LATE', detail: expect.stringMatching(/, a canary of the node\.$/) },
    ]);
  });
});
