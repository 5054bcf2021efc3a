import { claimOf, isForReserve, type OpenOrder } from './order.ts';
import type { Policy } from './policy.ts';
import { type LiveStamp, WITHHELD, type Withheld } from './stamp.ts';
import type { BatchId, Depth } from './units.ts';

/** The live stamps and open purchases of one depth, counted at a moment. */
export interface DepthCount {
  readonly depth: Depth;
  /** How many can be acquired. */
  readonly available: number;
  /** How many are paid for or being bought, and are not available yet. */
  readonly onOrder: number;
  /** How many have less than the promised time to live. */
  readonly tooShortLived: number;
  /** Only reasons for which at least one is withheld. */
  readonly withheld: readonly WithheldCount[];
}

/** The stock counted right after one commit of the store. */
export interface StockSnapshot {
  /** The number of that commit: it grows with each one that can change the stock. */
  readonly revision: number;
  /** One per depth that has a live stamp or an open purchase; smallest first. */
  readonly depths: readonly DepthCount[];
}

/** Live stamps that are alike in everything that decides what they count as. */
export interface StampGroup extends Pick<LiveStamp, 'depth' | 'state' | 'withheld'> {
  /** They are available, and have at least the promised time to live. */
  readonly meetsPromise: boolean;
  /** A top-up of these stamps is under way. */
  readonly isToppedUp: boolean;
  readonly count: number;
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
  /** How many are not given out, by reason. Of these, `missing`, `node_changed` and `node_away` count as on order. */
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

/** The reserve that these counts amount to, with the targets of the policy. */
export function reserveOf(counts: readonly DepthCount[], policy: Policy): Reserve {
  const targeted = [...policy.targets.keys()].filter((depth) => !counts.some((one) => one.depth === depth));
  const depths = [...counts, ...targeted.map(emptyDepth)]
    .toSorted((a, b) => a.depth - b.depth)
    .map((count) =>
      levelOf({ ...count, target: policy.targets.get(count.depth) ?? 0 }, policy.lowReserveThreshold),
    );
  return sumOfDepths(depths);
}

/** Counts by depth what groups of stamps and open orders amount to. */
export function countByDepth(
  groups: Iterable<StampGroup>,
  openOrders: readonly OpenOrder[],
): readonly DepthCount[] {
  const counts = new Map<Depth, Counts>();
  const countsOf = (depth: Depth): Counts => {
    const known = counts.get(depth) ?? { available: 0, onOrder: 0, tooShortLived: 0, withheld: new Map() };
    counts.set(depth, known);
    return known;
  };
  for (const stamp of groups) {
    const count = countsOf(stamp.depth);
    const { withheld } = stamp;
    if (withheld !== null) count.withheld.set(withheld, (count.withheld.get(withheld) ?? 0) + stamp.count);
    if (withheld === null && stamp.meetsPromise) count.available += stamp.count;
    else if (isOnOrder(stamp)) count.onOrder += stamp.count;
    else if (withheld === null) count.tooShortLived += stamp.count;
  }
  for (const order of openOrders) if (isForReserve(order)) countsOf(order.depth).onOrder += 1;
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([depth, count]) => ({ ...count, depth, withheld: listOf(count.withheld) }));
}

/** The counts of several nodes, as those of one pool. */
export function sumOfCounts(counts: readonly (readonly DepthCount[])[]): readonly DepthCount[] {
  const sums = new Map<Depth, DepthCount>();
  for (const count of counts.flat())
    sums.set(count.depth, plus(sums.get(count.depth) ?? emptyDepth(count.depth), count));
  return [...sums.values()].toSorted((a, b) => a.depth - b.depth);
}

const plus = (a: DepthCount, b: DepthCount): DepthCount => ({
  depth: a.depth,
  available: a.available + b.available,
  onOrder: a.onOrder + b.onOrder,
  tooShortLived: a.tooShortLived + b.tooShortLived,
  withheld: WITHHELD.flatMap((reason) => {
    const count = countOf(a.withheld, reason) + countOf(b.withheld, reason);
    return count === 0 ? [] : [{ reason, count }];
  }),
});

const countOf = (withheld: readonly WithheldCount[], reason: Withheld): number =>
  withheld.find((one) => one.reason === reason)?.count ?? 0;

const emptyDepth = (depth: Depth): DepthCount => ({
  depth,
  available: 0,
  onOrder: 0,
  tooShortLived: 0,
  withheld: [],
});

interface Counts {
  available: number;
  onOrder: number;
  tooShortLived: number;
  readonly withheld: Map<Withheld, number>;
}

const listOf = (counts: ReadonlyMap<Withheld, number>): readonly WithheldCount[] =>
  WITHHELD.flatMap((reason) => {
    const count = counts.get(reason);
    return count === undefined || count === 0 ? [] : [{ reason, count }];
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
    return levelOf({ ...level, available: Math.max(0, level.available - count) }, lowReserveThreshold);
  });
  return sumOfDepths(depths);
}

const sumOfDepths = (depths: readonly DepthLevel[]): Reserve => ({
  depths,
  totalAvailable: depths.reduce((sum, { available }) => sum + available, 0),
  low: depths.some(({ low }) => low),
});

/** Paid for but not acquirable yet. One that may return counts only if it would still meet the promised time to live. */
function isOnOrder(stamp: StampGroup): boolean {
  if (stamp.withheld === 'lost' || stamp.withheld === 'in_use') return false;
  if (stamp.withheld === 'node_lost') return false;
  if (stamp.state === 'propagating') return true;
  return stamp.isToppedUp || stamp.meetsPromise;
}

/** The batches with a top-up under way. One that the node should have shown by now does not count. */
export const toppedUpIn = (openOrders: readonly OpenOrder[]): ReadonlySet<BatchId> =>
  new Set(
    openOrders.flatMap((order) => (order.kind === 'topUp' && !claimOf(order)?.overdue ? order.batchId : [])),
  );

export const isBeingToppedUp = ({ batchId }: LiveStamp, openOrders: readonly OpenOrder[]): boolean =>
  openOrders.some((order) => order.kind === 'topUp' && order.batchId === batchId);

/** Moves the few stamps with a top-up under way from the group that they are counted in to one of their own. */
export const toppedUpGroups = (stamps: readonly LiveStamp[], moment: GroupingMoment): readonly StampGroup[] =>
  stamps.flatMap((stamp) => {
    const group = groupOf(stamp, moment);
    return [group, { ...group, isToppedUp: false, count: -1 }];
  });

/** Whether stamps of this kind count as meeting the promise if they live long enough. `withheld`: as it is on disk. */
export const mayMeetPromise = ({ state, withheld }: Pick<LiveStamp, 'state' | 'withheld'>): boolean =>
  state === 'available' && (withheld === null || withheld === 'missing');

/** By depth, how many are propagating and not withheld. */
export function propagatingIn(groups: readonly StampGroup[]): ReadonlyMap<Depth, number> {
  const propagating = new Map<Depth, number>();
  for (const group of groups)
    if (group.state === 'propagating' && group.withheld === null)
      propagating.set(group.depth, (propagating.get(group.depth) ?? 0) + group.count);
  return propagating;
}

/** A stamp as a group of its own. */
export const groupOf = (
  stamp: LiveStamp,
  { now, promisedTtlSeconds, toppedUp }: GroupingMoment,
): StampGroup => ({
  depth: stamp.depth,
  state: stamp.state,
  withheld: stamp.withheld,
  meetsPromise:
    stamp.state === 'available' && stamp.expiresAt.getTime() >= now.getTime() + promisedTtlSeconds * 1000,
  isToppedUp: toppedUp.has(stamp.batchId),
  count: 1,
});

interface GroupingMoment {
  readonly now: Date;
  readonly promisedTtlSeconds: number;
  readonly toppedUp: ReadonlySet<BatchId>;
}
