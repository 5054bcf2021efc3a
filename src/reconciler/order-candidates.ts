import type { Action } from '../domain/action.ts';
import type { FreshObservation } from '../domain/observation.ts';
import type { BatchBalance } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { type DepthLevel, describeWithheld, isBeingToppedUp, isLow, reserveOf } from '../domain/reserve.ts';
import { type AvailableStamp, ttlSeconds } from '../domain/stamp.ts';
import { costOf, type Depth } from '../domain/units.ts';
import { listedValueOf, valueOf } from './batch-value.ts';
import type { FreshKnown } from './known.ts';
import { purchaseAmount, topUpAmount } from './spending.ts';

type Purchase = Extract<Action, { do: 'buy' | 'topUp' }>;

/** What is needed of the chain; the lowest rank first. */
export interface Need {
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

/** Stamps that the targets still want and that fall due, the soonest first. Surplus is given out, and expires in peace. */
export function topUps(known: FreshKnown, policy: Policy, now: Date): readonly Need[] {
  const due = [...policy.targets.keys()]
    .flatMap((depth) => wanted(known, policy, depth))
    .filter((stamp) => isDue(stamp, policy, now) && !isBeingToppedUp(stamp, known.stock.openOrders))
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
        before: balanceOf(stamp, known.seen, policy),
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

function balanceOf(
  { batchId, amount, expiresAt }: AvailableStamp,
  seen: FreshObservation,
  { blockTimeSeconds }: Policy,
): BatchBalance {
  const shown = seen.stamps.find((stamp) => stamp.batchId === batchId);
  return {
    amount,
    value: shown ? valueOf(shown, seen, blockTimeSeconds) : null,
    listedValue: shown ? listedValueOf(shown, seen.chain, blockTimeSeconds) : null,
    expiresAt,
  };
}

/** One need per depth that is short: the target less what is available, on order, adopted now, or to be topped up. */
export function purchases(
  known: FreshKnown,
  policy: Policy,
  { now, adopted }: { readonly now: Date; readonly adopted: readonly { readonly depth: Depth }[] },
): readonly Need[] {
  const amount = purchaseAmount(policy, known.seen.chain, known.luck);
  return reserveOf(known.stock, policy, now).depths.flatMap((level): readonly Need[] => {
    const { depth, target } = level;
    const available = level.available + adopted.filter((one) => one.depth === depth).length;
    const stock = available + level.onOrder + fallingDue(known, policy, { depth, now });
    if (stock >= target) return [];
    const withheld = level.withheld.length > 0 ? `; withheld: ${describeWithheld(level.withheld)}` : '';
    const reason = `depth ${depth}: ${available} available + ${stock - available} on order < ${target}${withheld}`;
    return [
      {
        rank: rankOf({ available, target }, policy),
        more: target - stock - 1,
        action: { do: 'buy', depth, amount, cost: costOf(amount, depth), reason },
      },
    ];
  });
}

/** Below the promise, so not available, but about to be topped up rather than replaced. */
const fallingDue = (known: FreshKnown, policy: Policy, { depth, now }: { depth: Depth; now: Date }): number =>
  wanted(known, policy, depth).filter(
    (stamp) =>
      isDue(stamp, policy, now) &&
      ttlSeconds(stamp, now) < policy.acquireMinTtlSeconds &&
      !isBeingToppedUp(stamp, known.stock.openOrders), // then it is on order already
  ).length;

/** A depth at zero, a depth that is low, the rest. */
function rankOf(level: Pick<DepthLevel, 'available' | 'target'>, policy: Policy): number {
  if (level.available === 0) return 1;
  return isLow(level, policy.lowReserveThreshold) ? 2 : 3;
}
