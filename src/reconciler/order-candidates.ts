import type { Action } from '../domain/action.ts';
import { HOUR_SECONDS } from '../domain/durations.ts';
import type { FreshObservation } from '../domain/observation.ts';
import { type BatchBalance, isForReserve } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { isBeingToppedUp } from '../domain/reserve.ts';
import { type AvailableStamp, ttlSeconds } from '../domain/stamp.ts';
import { costOf, type Depth, type NodeName } from '../domain/units.ts';
import type { DueRequest, NodeStock } from '../store/store.ts';
import type { Allocation, Share } from './allocate.ts';
import { listedValueOf, valueOf } from './batch-value.ts';
import type { FreshPlanInput } from './plan-input.ts';
import type { PoolNeed } from './pool-needs.ts';
import { topUpAmount } from './spending.ts';

type Spend = Extract<Action, { do: 'buy' | 'topUp' }>;

/** An operation that the reserve needs. */
export interface Candidate {
  /** The lowest comes first. */
  readonly rank: number;
  readonly action: Spend;
  /** How many more of the same are needed after this one. */
  readonly remaining: number;
}

/** One operation takes up to three minutes, and delays every top-up behind it. */
const OPERATION_SECONDS = 180;
const NEAR_SECONDS = HOUR_SECONDS;
/** A later top-up may be mined after the batch has expired: it would revert, and its gas would be lost. */
const LAST_CALL_SECONDS = 300;

/** Top-ups of stamps that the targets need and that are due, the first to expire first. Surplus is not topped up. */
export function topUps(input: FreshPlanInput, policy: Policy, now: Date): readonly Candidate[] {
  const due = [...(input.pool.due.get(input.seen.node)?.values() ?? [])]
    .flatMap(({ stamps, count }) =>
      stamps.map((stamp, index) => ({
        stamp,
        remaining: index === stamps.length - 1 ? count - stamps.length : 0,
      })),
    )
    .filter(({ stamp }) => !isBeingToppedUp(stamp, input.stock.openOrders) && isShown(stamp, input))
    .toSorted((a, b) => a.stamp.expiresAt.getTime() - b.stamp.expiresAt.getTime());
  const dueCount = due.reduce((sum, { remaining }) => sum + 1 + remaining, 0);
  const amount = topUpAmount(policy, input.seen.chain, input.variation);
  return due.map(({ stamp, remaining }) => {
    const ttl = ttlSeconds(stamp, now);
    const slackSeconds = ttl - policy.acquireMinTtlSeconds;
    return {
      rank: slackSeconds <= NEAR_SECONDS + dueCount * OPERATION_SECONDS ? 0 : 4,
      remaining,
      action: {
        do: 'topUp',
        batchId: stamp.batchId,
        depth: stamp.depth,
        amount,
        cost: costOf(amount, input.seen.batches.get(stamp.batchId)?.depth ?? stamp.depth),
        before: balanceOf(stamp, input.seen, policy),
        reason: `depth ${stamp.depth}: ${ttl} s to live < ${policy.minTtlSeconds} s`,
      },
    };
  });
}

/** Before the observation is settled, a stamp may be missing without a record of it. */
const isShown = ({ batchId }: AvailableStamp, { seen }: FreshPlanInput): boolean =>
  seen.stamps.get(batchId) !== undefined;

/** What is due for a top-up: of the stamps of a depth that expire last, up to the target less what is being bought. Pure. */
export function dueRequest(
  stock: Pick<NodeStock, 'openOrders' | 'propagating'>,
  policy: Policy,
  { depth, now, drained = policy.drainedNodes }: AtDepth & { readonly drained?: ReadonlySet<NodeName> },
): DueRequest {
  const onOrder =
    stock.openOrders.filter((order) => isForReserve(order) && order.depth === depth).length +
    (stock.propagating.get(depth) ?? 0);
  const afterSeconds = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
  return {
    depth,
    keep: Math.max(0, (policy.targets.get(depth) ?? 0) - onOrder),
    drained,
    from: afterSeconds(LAST_CALL_SECONDS + 1),
    until: afterSeconds(policy.minTtlSeconds),
    promised: afterSeconds(policy.acquireMinTtlSeconds),
    limit: MAX_DUE,
  };
}

interface AtDepth {
  readonly depth: Depth;
  readonly now: Date;
}

/** How many are planned one by one. One operation takes minutes, so the rest is only counted. */
const MAX_DUE = 100;

function balanceOf(
  { batchId, amount, expiresAt }: AvailableStamp,
  seen: FreshObservation,
  { blockTimeSeconds }: Policy,
): BatchBalance {
  const shown = seen.stamps.get(batchId);
  return {
    amount,
    value: shown ? valueOf(shown, seen, blockTimeSeconds) : null,
    listedValue: shown ? listedValueOf(shown, seen.chain, blockTimeSeconds) : null,
    expiresAt,
  };
}

/** One candidate per depth of which this node buys something: its part, and what no node can buy, so that the reason is shown. */
export function purchases(
  node: NodeName,
  needs: readonly PoolNeed[],
  allocation: Allocation,
): readonly Candidate[] {
  const part = allocation.parts.get(node) ?? [];
  const depths = new Set([...part, ...allocation.unallocated].map(({ depth }) => depth));
  const countIn = (shares: readonly Share[], depth: Depth): number =>
    shares.find((share) => share.depth === depth)?.count ?? 0;
  return [...depths].flatMap((depth): readonly Candidate[] => {
    const need = needs.find((one) => one.depth === depth);
    if (!need) return [];
    const count = countIn(part, depth) + countIn(allocation.unallocated, depth);
    return [{ rank: need.rank, remaining: count - 1, action: purchaseOf(need) }];
  });
}

/** The purchase of one stamp of what is missing. */
export const purchaseOf = ({ depth, amount, cost, reason }: PoolNeed): Spend => ({
  do: 'buy',
  purpose: 'reserve',
  depth,
  amount,
  cost,
  reason,
});
