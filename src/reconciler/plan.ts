import type { Action, Hold, HoldCode } from '../domain/action.ts';
import type { Freshness, FreshObservation, SeenStamp } from '../domain/observation.ts';
import type { BatchBalance } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { type DepthLevel, reserveOf } from '../domain/reserve.ts';
import { type AvailableStamp, ttlSeconds } from '../domain/stamp.ts';
import type { Spending } from '../domain/turn.ts';
import { type BatchId, costOf, type Depth, formatBzz, type Plur, plur } from '../domain/units.ts';
import type { NodeStock } from '../store/store.ts';
import { type Gate, openGate } from './gate.ts';
import { expiryOf } from './settle.ts';
import { costOfTargets, dailyLimit, type Luck, purchaseAmount, topUpAmount } from './spending.ts';

/** Everything a plan rests on. */
export interface Known {
  readonly node: Freshness;
  /** After what was seen has been settled. */
  readonly stock: NodeStock;
  /** Of the batches seen, those that the pool has ever had. */
  readonly known: ReadonlySet<BatchId>;
  readonly spentLastDay: Plur;
  /** A request is under way, whatever its order has become. */
  readonly sending: boolean;
  /** The node asked us to wait, and why. */
  readonly backOff: { readonly until: Date; readonly why: string } | null;
  readonly luck: Luck;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** null while the price is not known. */
  readonly spending: Spending | null;
}

type FreshKnown = Known & { readonly seen: FreshObservation };
type Purchase = Extract<Action, { do: 'buy' | 'topUp' }>;

/** What is needed of the chain; the lowest rank first. */
interface Need {
  readonly rank: number;
  readonly action: Purchase;
  /** How many of the same are wanted after this one. */
  readonly more: number;
}

/** One operation takes up to three minutes, and each in front of a top-up delays it by that. */
const OPERATION_SECONDS = 180;
const NEAR_SECONDS = 3600;
/** With less time than this left, a top-up may come too late: it would revert, and gas be lost. */
const LAST_CALL_SECONDS = 300;

/** Pure: no clock, no network, no store. Rule 5: on stale knowledge the plan is to hold, whatever the stock. */
export function plan(known: Known, policy: Policy, now: Date): Plan {
  const { node } = known;
  if (node.is === 'stale')
    return { actions: [hold(node.code, `no fresh observation: ${node.why}`)], spending: null };
  const fresh = { ...known, seen: node.seen };
  if (node.seen.chain.price === 0n) {
    return {
      actions: [...expire(fresh, now), hold('PRICE_UNKNOWN', 'the node knows no price yet')],
      spending: null,
    };
  }
  const adopted = adopt(fresh, policy, now);
  const needs = [...topUps(fresh, policy, now), ...purchases(fresh, policy, { now, adopted })];
  const spending = spendingOf(fresh, policy, needs);
  const actions = [
    ...expire(fresh, now),
    ...adopted,
    ...firstOf(needs, openGate({ ...fresh, limit: spending.dailyLimit, policy, now })),
  ];
  return {
    actions:
      actions.length > 0
        ? actions
        : [hold('NOTHING_TO_DO', 'every target is met, counting what is on order')],
    spending,
  };
}

const hold = (code: HoldCode, reason: string): Hold => ({
  do: 'hold',
  code,
  depth: null,
  cost: null,
  reason,
});

/** One operation at a time per node: the first need that may pass is acted on, the others say what they wait for. */
function firstOf(needs: readonly Need[], gate: Gate): readonly Action[] {
  let chosen: Need | null = null;
  return needs
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap((need): Action[] => {
      const { action } = need;
      const held = gate(action);
      if (held !== null)
        return [
          {
            do: 'hold',
            ...held,
            depth: action.depth,
            cost: action.cost,
            reason: `${action.reason}: ${held.reason}`,
          },
        ];
      if (chosen === null) {
        chosen = need;
        return need.more === 0 ? [action] : [action, waiting(need, need.more)];
      }
      return [waiting(need, need.more + 1)];
    });
}

const waiting = ({ action }: Need, count: number): Hold => ({
  do: 'hold',
  code: 'BUSY',
  depth: action.depth,
  cost: plur(action.cost * BigInt(count)),
  reason: `${action.reason}: ${count} more after the operation before it, one at a time`,
});

/** Over by the clock, and the node shows it no longer. */
const expire = ({ stock, seen }: FreshKnown, now: Date): readonly Action[] =>
  stock.stamps
    .filter((stamp) => stamp.state === 'available')
    .filter(
      (stamp) => stamp.expiresAt <= now && !seen.stamps.some(({ batchId }) => batchId === stamp.batchId),
    )
    .map(({ batchId, depth, expiresAt }) => ({
      do: 'expire',
      batchId,
      depth,
      reason: `expired at ${expiresAt.toISOString()}, and the node shows it no longer`,
    }));

/** Only what the store has never seen, usable, unused, with enough time to live, up to the target and not beyond. */
function adopt(
  { stock, seen, known }: FreshKnown,
  policy: Policy,
  now: Date,
): readonly Extract<Action, { do: 'adopt' }>[] {
  if (policy.adoption.from === 'nowhere') return [];
  const levels = reserveOf(stock, policy, now).depths;
  return levels.flatMap(({ depth, target, available, onOrder }) =>
    seen.stamps
      .filter((stamp) => stamp.depth === depth && !known.has(stamp.batchId) && mayAdopt(stamp, policy))
      .filter((stamp) => hasTime(stamp, seen, { policy, now }))
      .toSorted((a, b) => (b.ttlSeconds ?? 0) - (a.ttlSeconds ?? 0))
      .slice(0, Math.max(0, target - available - onOrder))
      .map(({ batchId }) => ({
        do: 'adopt' as const,
        batchId,
        depth,
        reason: `depth ${depth}: ${available} available + ${onOrder} on order < ${target}, and the node has this one unused`,
      })),
  );
}

function mayAdopt(stamp: SeenStamp, { adoption }: Policy): boolean {
  if (!stamp.usable || stamp.utilization > 0) return false;
  switch (adoption.from) {
    case 'nowhere':
      return false;
    case 'list':
      return adoption.batchIds.has(stamp.batchId);
    case 'any':
      // A recovered one may be a purchase of somebody else's who waits for it.
      return stamp.label !== 'recovered';
  }
}

function hasTime(
  stamp: SeenStamp,
  seen: FreshObservation,
  { policy, now }: { policy: Policy; now: Date },
): boolean {
  const expiresAt = expiryOf(stamp, seen, policy.blockTimeSeconds);
  return expiresAt !== null && ttlSeconds({ expiresAt }, now) >= policy.acquireMinTtlSeconds;
}

/** Stamps that the targets still want and that fall due, the soonest first. Surplus is given out, and expires in peace. */
function topUps(known: FreshKnown, policy: Policy, now: Date): readonly Need[] {
  const due = [...policy.targets.keys()]
    .flatMap((depth) => wanted(known, policy, depth))
    .filter((stamp) => isDue(stamp, policy, now) && !isBeingToppedUp(stamp, known.stock))
    .toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
  const amount = topUpAmount(policy, known.seen.chain, known.luck);
  return due.map((stamp) => {
    const ttl = ttlSeconds(stamp, now);
    const slackSeconds = ttl - policy.acquireMinTtlSeconds;
    return {
      rank: slackSeconds <= NEAR_SECONDS + due.length * OPERATION_SECONDS ? 0 : 3,
      more: 0,
      action: {
        do: 'topUp',
        batchId: stamp.batchId,
        depth: stamp.depth,
        amount,
        cost: costOf(amount, stamp.depth),
        before: balanceOf(stamp, known.seen),
        reason: `depth ${stamp.depth}: ${ttl} s to live < ${policy.minTtlSeconds} s`,
      },
    };
  });
}

/** The longest-lived of a depth, as many as the target leaves room for besides what is being bought. */
function wanted({ stock, seen }: FreshKnown, policy: Policy, depth: Depth): readonly AvailableStamp[] {
  const coming =
    stock.openOrders.filter((order) => order.kind === 'purchase' && order.depth === depth).length +
    stock.stamps.filter(
      (stamp) => stamp.state === 'propagating' && stamp.depth === depth && stamp.withheld === null,
    ).length;
  return stock.stamps
    .filter((stamp) => stamp.state === 'available')
    .filter((stamp) => stamp.depth === depth && stamp.withheld === null && stamp.missingSinceBlock === null)
    .filter(({ batchId }) => seen.stamps.some((shown) => shown.batchId === batchId))
    .toSorted((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime())
    .slice(0, Math.max(0, (policy.targets.get(depth) ?? 0) - coming));
}

function isDue(stamp: AvailableStamp, policy: Policy, now: Date): boolean {
  const ttl = ttlSeconds(stamp, now);
  return ttl < policy.minTtlSeconds && ttl > LAST_CALL_SECONDS;
}

function balanceOf(stamp: AvailableStamp, seen: FreshObservation): BatchBalance {
  return { amount: stamp.amount, value: seen.values.get(stamp.batchId) ?? null, expiresAt: stamp.expiresAt };
}

/** One need per depth that is short: the target less what is available, on order, adopted now, or to be topped up. */
function purchases(
  known: FreshKnown,
  policy: Policy,
  { now, adopted }: { readonly now: Date; readonly adopted: readonly { readonly depth: Depth }[] },
): readonly Need[] {
  const amount = purchaseAmount(policy, known.seen.chain, known.luck);
  return reserveOf(known.stock, policy, now).depths.flatMap((level) => {
    const saved = fallingDue(known, policy, { depth: level.depth, now });
    const stock =
      level.available + level.onOrder + saved + adopted.filter(({ depth }) => depth === level.depth).length;
    if (stock >= level.target) return [];
    return [{ rank: rankOf(level), more: level.target - stock - 1, action: buy(level, amount, stock) }];
  });
}

/** Below the promise, so not available, but about to be topped up rather than replaced. */
const fallingDue = (known: FreshKnown, policy: Policy, { depth, now }: { depth: Depth; now: Date }): number =>
  wanted(known, policy, depth).filter(
    (stamp) =>
      isDue(stamp, policy, now) &&
      ttlSeconds(stamp, now) < policy.acquireMinTtlSeconds &&
      !isBeingToppedUp(stamp, known.stock), // then it is on order already
  ).length;

const isBeingToppedUp = ({ batchId }: AvailableStamp, { openOrders }: NodeStock): boolean =>
  openOrders.some((order) => order.kind === 'topUp' && order.batchId === batchId);

/** A depth at zero, a depth that is low, the rest. */
function rankOf({ available, low }: DepthLevel): number {
  if (available === 0) return 1;
  return low ? 2 : 3;
}

function buy({ depth, available, target }: DepthLevel, amount: Plur, stock: number): Purchase {
  return {
    do: 'buy',
    depth,
    amount,
    cost: costOf(amount, depth),
    reason: `depth ${depth}: ${available} available + ${stock - available} on order < ${target}`,
  };
}

function spendingOf(
  { seen, spentLastDay, luck }: FreshKnown,
  policy: Policy,
  needs: readonly Need[],
): Spending {
  const amount = purchaseAmount(policy, seen.chain, luck);
  return {
    fullReserve: costOfTargets(policy.targets, amount),
    nextReplenishment: plur(
      needs.reduce((sum, { action, more }) => sum + action.cost * BigInt(more + 1), 0n),
    ),
    lastDay: spentLastDay,
    dailyLimit: dailyLimit(policy, { chain: seen.chain, wallet: seen.wallet, spentLastDay }),
  };
}

/** What a full reserve costs, in words for the log at start. */
export const describeSpending = ({ fullReserve, dailyLimit: limit }: Spending): string =>
  `a full reserve costs ${formatBzz(fullReserve)}; at most ${formatBzz(limit)} are spent per day`;
