import { claimOf, type OpenOrder } from './order.ts';
import type { Policy } from './policy.ts';
import { type LiveStamp, mayBeAcquired, ttlSeconds, WITHHELD, type Withheld } from './stamp.ts';
import type { Depth } from './units.ts';

/** All live stamps and open orders. */
export interface Stock {
  readonly stamps: readonly LiveStamp[];
  readonly openOrders: readonly OpenOrder[];
}

/** The stock right after one commit of the store. */
export interface StockSnapshot {
  /** The number of that commit: it grows with each one that can change the stock. */
  readonly revision: number;
  readonly stock: Stock;
}

/** The state of one depth. */
export interface DepthLevel {
  readonly depth: Depth;
  readonly target: number;
  /** How many can be acquired now. */
  readonly available: number;
  /** How many are being bought or topped up, or are missing at the moment: not available, and counted as stock. */
  readonly onOrder: number;
  /** How many are available above the target. */
  readonly surplus: number;
  /** At or below the low-reserve threshold, and below the target. */
  readonly low: boolean;
  /** How many are not given out, by reason. Of these, `missing` and `node_changed` count as on order. */
  readonly withheld: readonly WithheldCount[];
  /** How many have less than the promised time to live, and are not given out. */
  readonly tooShortLived: number;
}

/** How many stamps are withheld for one reason. */
export interface WithheldCount {
  readonly reason: Withheld;
  readonly count: number;
}

export interface Reserve {
  /** One per depth that has a target, a stamp or an order; smallest first. */
  readonly depths: readonly DepthLevel[];
  readonly totalAvailable: number;
  /** True if some depth is low. */
  readonly low: boolean;
}

export function reserveOf(stock: Stock, policy: Policy, now: Date): Reserve {
  const counts = new Map<Depth, Counts>();
  const countsOf = (depth: Depth): Counts => {
    const known = counts.get(depth) ?? { available: 0, onOrder: 0, tooShortLived: 0, withheld: new Map() };
    counts.set(depth, known);
    return known;
  };
  for (const depth of policy.targets.keys()) countsOf(depth);
  for (const stamp of stock.stamps) {
    const count = countsOf(stamp.depth);
    const { withheld } = stamp;
    if (withheld !== null) count.withheld.set(withheld, (count.withheld.get(withheld) ?? 0) + 1);
    if (mayBeAcquired(stamp, policy.acquireMinTtlSeconds, now)) count.available += 1;
    else if (isOnOrder(stamp, { openOrders: stock.openOrders, policy, now })) count.onOrder += 1;
    else if (withheld === null) count.tooShortLived += 1;
  }
  for (const order of stock.openOrders) if (order.kind === 'purchase') countsOf(order.depth).onOrder += 1;
  const depths = [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([depth, count]) => {
      const target = policy.targets.get(depth) ?? 0;
      return levelOf(
        { ...count, depth, target, withheld: listOf(count.withheld) },
        policy.lowReserveThreshold,
      );
    });
  return totalsOf(depths);
}

interface Counts {
  available: number;
  onOrder: number;
  tooShortLived: number;
  readonly withheld: Map<Withheld, number>;
}

const listOf = (counts: ReadonlyMap<Withheld, number>): readonly WithheldCount[] =>
  WITHHELD.flatMap((reason) => {
    const count = counts.get(reason);
    return count === undefined ? [] : [{ reason, count }];
  });

/** "1 missing, 2 in use"; empty if nothing is withheld. */
export const describeWithheld = (withheld: readonly WithheldCount[]): string =>
  withheld.map(({ reason, count }) => `${count} ${reason.replace('_', ' ')}`).join(', ');

const levelOf = (count: Omit<DepthLevel, 'surplus' | 'low'>, lowReserveThreshold: number): DepthLevel => ({
  ...count,
  surplus: Math.max(0, count.available - count.target),
  low: isLow(count, lowReserveThreshold),
});

export const isLow = (
  { available, target }: Pick<DepthLevel, 'available' | 'target'>,
  lowReserveThreshold: number,
): boolean => available <= lowReserveThreshold && available < target;

/** The reserve after one stamp of each of these depths was acquired, without counting all stamps again. */
export function withTaken(reserve: Reserve, taken: readonly Depth[], lowReserveThreshold: number): Reserve {
  const depths = reserve.depths.map((level) => {
    const count = taken.filter((depth) => depth === level.depth).length;
    return count === 0
      ? level
      : levelOf({ ...level, available: Math.max(0, level.available - count) }, lowReserveThreshold);
  });
  return totalsOf(depths);
}

const totalsOf = (depths: readonly DepthLevel[]): Reserve => ({
  depths,
  totalAvailable: depths.reduce((sum, { available }) => sum + available, 0),
  low: depths.some(({ low }) => low),
});

/** Paid for but not acquirable yet. A missing stamp counts only if it would still meet the promised time to live. */
function isOnOrder(
  stamp: LiveStamp,
  { openOrders, policy, now }: Pick<Stock, 'openOrders'> & { readonly policy: Policy; readonly now: Date },
): boolean {
  if (stamp.withheld === 'lost' || stamp.withheld === 'in_use') return false;
  if (stamp.state === 'propagating') return true;
  if (topUpsOf(stamp, openOrders).some((order) => !claimOf(order)?.overdue)) return true;
  const mayReturn = stamp.withheld === 'missing' || stamp.withheld === 'node_changed';
  return mayReturn && ttlSeconds(stamp, now) >= policy.acquireMinTtlSeconds;
}

const topUpsOf = ({ batchId }: LiveStamp, openOrders: readonly OpenOrder[]): readonly OpenOrder[] =>
  openOrders.filter((order) => order.kind === 'topUp' && order.batchId === batchId);

export const isBeingToppedUp = (stamp: LiveStamp, openOrders: readonly OpenOrder[]): boolean =>
  topUpsOf(stamp, openOrders).length > 0;
