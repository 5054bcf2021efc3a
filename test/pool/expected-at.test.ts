import { describe, expect, it } from 'vitest';
import { expectedAt } from '../../src/pool/expected-at.ts';
import { anOrder, hours, T0 } from '../builders.ts';

describe('when stock is expected', () => {
  it('is at most one lead time away if the clock was set back after the purchase was planned', () => {
    const openOrders = [anOrder({ plannedAt: hours(72) })];
    const outlook = { openOrders, firstPropagating: new Map(), leadTimesSeconds: [120], targets: new Map() };
    expect(expectedAt(outlook, () => true, T0)).toEqual(new Date(T0.getTime() + 120_000));
  });
});
