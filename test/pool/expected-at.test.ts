import { describe, expect, it } from 'vitest';
import { type Depth, depth } from '../../src/domain/units.ts';
import { expectedAt, typicalLeadTime } from '../../src/pool/expected-at.ts';
import { anOrder, aTopUp, hours, seconds, T0 } from '../builders.ts';
import { aClaim, sent } from '../reconciler/plan-input.ts';

const NOTHING: ReadonlySet<Depth> = new Set();

describe('when stock is expected', () => {
  it('is at most one lead time away if the clock was set back after the purchase was planned', () => {
    const openOrders = [anOrder({ plannedAt: hours(72) })];
    const outlook = {
      openOrders,
      firstPropagating: new Map(),
      leadTimeSeconds: 120,
      boughtSoon: NOTHING,
      nextPurchaseAt: T0,
    };
    expect(expectedAt(outlook, () => true, T0)).toEqual(new Date(T0.getTime() + 120_000));
  });

  it('is not known from a purchase that the node should have listed by now', () => {
    const at = (overdue: boolean) => {
      const openOrders = [sent(anOrder(), aClaim(1_000, { overdue }))];
      const boughtSoon = new Set([depth(17)]);
      const outlook = {
        openOrders,
        firstPropagating: new Map(),
        leadTimeSeconds: 120,
        boughtSoon,
        nextPurchaseAt: T0,
      };
      return expectedAt(outlook, () => true, T0);
    };
    expect([at(false), at(true)]).toEqual([new Date(T0.getTime() + 120_000), null]);
  });

  it('is one lead time after the first of what suits was begun, and at least five seconds away', () => {
    const outlook = {
      openOrders: [
        anOrder({ n: 1, depth: 20, plannedAt: seconds(-50) }),
        anOrder({ n: 2, depth: 20, plannedAt: seconds(-30) }),
        anOrder({ n: 3, depth: 19, plannedAt: seconds(-70), purpose: 'canary' }),
        aTopUp({ n: 4, depth: 19, plannedAt: seconds(-80) }),
      ],
      firstPropagating: new Map([
        [depth(18), seconds(-115)],
        [depth(17), seconds(-116)],
        [depth(22), seconds(-500)],
      ]),
      leadTimeSeconds: 120,
      boughtSoon: new Set([depth(19)]),
      nextPurchaseAt: seconds(60),
    };
    const of = (...depths: readonly number[]) =>
      expectedAt(outlook, (suiting) => depths.includes(suiting), T0);
    expect([of(20), of(20, 18)]).toEqual([seconds(70), seconds(5)]);
    expect([of(18), of(17), of(22)]).toEqual([seconds(5), seconds(5), seconds(5)]);
    expect([of(19), of(21)], 'what is bought soon, and nothing else').toEqual([seconds(180), null]);
  });

  it('is not known from what is bought soon while a purchase is overdue; a top-up that is overdue does not matter', () => {
    const overdue = aClaim(1_000, { overdue: true });
    const at = (order: Parameters<typeof sent>[0]) =>
      expectedAt(
        {
          openOrders: [sent(order, overdue)],
          firstPropagating: new Map(),
          leadTimeSeconds: 120,
          boughtSoon: new Set([depth(17)]),
          nextPurchaseAt: T0,
        },
        (suiting) => suiting === 17,
        T0,
      );
    expect([at(anOrder({ depth: 20 })), at(aTopUp())]).toEqual([null, seconds(120)]);
  });

  it('is 36 blocks away before the first purchase, and then the median of the last ones', () => {
    expect(typicalLeadTime([], 5)).toBe(180);
    expect(typicalLeadTime([], 0.5)).toBe(18);
    expect(typicalLeadTime([90, 600, 120], 5)).toBe(120);
  });
});
