import { describe, expect, it } from 'vitest';
import type { Policy } from '../../src/domain/policy.ts';
import type { AvailableStamp } from '../../src/domain/stamp.ts';
import { depth } from '../../src/domain/units.ts';
import { dueRequest } from '../../src/reconciler/order-candidates.ts';
import { anOrder, aStamp, aTopUp, batchId, hours, NODE, seconds, T0 } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';
import { plan, planInput, sent, unknown } from './plan-input.ts';

const SMALL = depth(17);
const targeting = (count: number, wishes: Partial<Policy> = {}): Policy =>
  aPolicy({ targets: new Map([[SMALL, count]]), ...wishes });
const HOUR = 3_600;

describe('what is due for a top-up', () => {
  const asked = (
    openOrders: Parameters<typeof dueRequest>[0]['openOrders'] = [],
    propagating: readonly (readonly [number, number])[] = [],
    policy = targeting(5),
  ) =>
    dueRequest({ openOrders, propagating: new Map(propagating.map(([of, n]) => [depth(of), n])) }, policy, {
      depth: SMALL,
      now: T0,
    });

  it('has more than five minutes to live, and less than the minimum', () => {
    const policy = targeting(5, { minTtlSeconds: 24 * HOUR, acquireMinTtlSeconds: 12 * HOUR });
    expect(asked([], [], { ...policy, drainedNodes: new Set([NODE]) })).toEqual({
      depth: 17,
      keep: 5,
      drained: new Set([NODE]),
      from: seconds(301),
      until: seconds(24 * HOUR),
      promised: seconds(12 * HOUR),
      limit: 100,
    });
  });

  it('is kept up to the target less what is on order for the reserve, of the same depth', () => {
    const orders = [
      anOrder({ n: 1 }),
      sent(anOrder({ n: 2 })),
      unknown(anOrder({ n: 3, depth: 20 })),
      anOrder({ n: 4, purpose: 'canary' }),
      aTopUp({ n: 5 }),
    ];
    const of = [17, 2] as const;
    expect([asked(orders).keep, asked([], [of, [20, 9]]).keep, asked(orders, [of]).keep]).toEqual([3, 3, 1]);
    expect([asked(orders, [[17, 3]]).keep, asked(orders, [[17, 9]]).keep]).toEqual([0, 0]);
    expect(asked([], [], aPolicy({ targets: new Map() })).keep).toBe(0);
  });
});

describe('a top-up', () => {
  const bothDepths = aPolicy({
    targets: new Map([
      [SMALL, 130],
      [depth(20), 1],
    ]),
    acquireMinTtlSeconds: 12 * HOUR,
  });
  const firstOfBoth = (stamps: readonly AvailableStamp[]) =>
    plan(planInput({ stamps }), bothDepths, T0).actions[0];
  const firstOf = (...ttlSeconds: readonly number[]) =>
    firstOfBoth(ttlSeconds.map((ttl, n) => aStamp({ n: n + 1, ttlHours: ttl / HOUR })));

  it('comes before an empty depth from an hour before the promise, and three minutes per stamp that is due', () => {
    const near = 12 * HOUR + HOUR;
    expect(firstOf(near + 180, 200 * HOUR)).toMatchObject({ do: 'topUp' });
    expect(firstOf(near + 181, 200 * HOUR)).toMatchObject({ do: 'buy' });
    expect(firstOf(near + 361, near + 360)).toMatchObject({ do: 'topUp', batchId: batchId(2) });
    expect(firstOf(near + 361, near + 361)).toMatchObject({ do: 'buy' });
    const many = (ttl: number) => firstOf(...Array.from({ length: 130 }, () => ttl))?.do; // more than are read
    expect([many(near + 130 * 180), many(near + 130 * 180 + 1)]).toEqual(['topUp', 'buy']);
  });

  it('is made of a stamp that the node shows and that has no open top-up, the first to expire first', () => {
    const stamps = [3, 1, 2].map((n) => aStamp({ n, ttlHours: 12 + n }));
    const first = (input: ReturnType<typeof planInput>) =>
      plan(input, targeting(3), T0).actions.filter(({ do: verb }) => verb === 'topUp');
    expect(first(planInput({ stamps }))).toMatchObject([{ batchId: batchId(1) }]);
    const whole = planInput({ stamps });
    expect(first({ ...whole, freshness: planInput({ stamps: stamps.slice(2) }).freshness })).toMatchObject([
      { batchId: batchId(2) },
    ]);
    expect(first({ ...whole, freshness: planInput().freshness })).toEqual([]);
    const [small, large] = [aStamp({ n: 1, ttlHours: 12.6 }), aStamp({ n: 2, ttlHours: 12.5, depth: 20 })];
    expect(firstOfBoth([small, large]), 'of any depth').toMatchObject({ do: 'topUp', batchId: batchId(2) });
    expect(firstOfBoth([small, { ...large, expiresAt: hours(12.7) }])).toMatchObject({ batchId: batchId(1) });
  });
});
