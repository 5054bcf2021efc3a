import { describe, expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { expectedAt, typicalLeadTime } from '../../src/pool/expected-at.ts';
import { anOrder, hours, T0 } from '../builders.ts';
import { aClaim, sent } from '../reconciler/plan-input.ts';

describe('when stock is expected', () => {
  it('is at most one lead time away if the clock was set back after the purchase was planned', () => {
    const openOrders = [anOrder({ plannedAt: hours(72) })];
    const outlook = { openOrders, firstPropagating: new Map(), leadTimeSeconds: 120, targets: new Map() };
    expect(expectedAt(outlook, () => true, T0)).toEqual(new Date(T0.getTime() + 120_000));
  });

  it('is not known from a purchase that the node should have listed by now', () => {
    const at = (overdue: boolean) => {
      const openOrders = [sent(anOrder(), aClaim(1_000, { overdue }))];
      const targets = new Map([[depth(17), 1]]);
      const outlook = { openOrders, firstPropagating: new Map(), leadTimeSeconds: 120, targets };
      return expectedAt(outlook, () => true, T0);
    };
    expect([at(false), at(true)]).toEqual([new Date(T0.getTime() + 120_000), null]);
  });

  it('is 36 blocks away before the first purchase, and then the median of the last ones', () => {
    expect(typicalLeadTime([], 5)).toBe(180);
    expect(typicalLeadTime([], 0.5)).toBe(18);
    expect(typicalLeadTime([90, 600, 120], 5)).toBe(120);
  });
});
