import { lagBlocks } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import {
  type DepthLevel,
  describeWithheld,
  isBeingToppedUp,
  isLow,
  reserveOf,
  sumOfCounts,
} from '../domain/reserve.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import { costOf, type Depth, type Plur } from '../domain/units.ts';
import { type Allocation, allocate, type Need, type NodeState } from './allocate.ts';
import type { FreshPlanInput } from './plan-input.ts';
import { purchaseAmount } from './spending.ts';
import { purchasesBlocked } from './spending-limits.ts';

/** What the pool lacks, counting what is available, on order, adopted now, or to be topped up. Pure. */
export function poolNeeds(
  input: FreshPlanInput,
  policy: Policy,
  { now, adopted }: { readonly now: Date; readonly adopted: readonly { readonly depth: Depth }[] },
): readonly PoolNeed[] {
  const amount = purchaseAmount(policy, input.seen.chain, input.variation);
  return levelsOf(input, policy).flatMap((level): readonly PoolNeed[] => {
    const { depth, target } = level;
    const available = level.available + adopted.filter((one) => one.depth === depth).length;
    const stock = available + level.onOrder + dueBelowPromise(input, policy, { depth, now });
    if (stock >= target) return [];
    const withheld = level.withheld.length > 0 ? `; withheld: ${describeWithheld(level.withheld)}` : '';
    return [
      {
        depth,
        count: target - stock,
        rank: rankOf({ ...level, available }, policy),
        amount,
        cost: costOf(amount, depth),
        reason: `depth ${depth}: ${available} available + ${stock - available} on order < ${target}${withheld}`,
      },
    ];
  });
}

/** What the pool lacks of one depth. */
export interface PoolNeed extends Need {
  /** PLUR per chunk, of one stamp. */
  readonly amount: Plur;
  /** Why, as text. */
  readonly reason: string;
}

/** The levels of the pool, over all nodes. Pure. */
export const levelsOf = ({ pool }: FreshPlanInput, policy: Policy): readonly DepthLevel[] =>
  reserveOf(sumOfCounts(pool.stock.nodes.map(({ depths }) => depths)), policy).depths;

/** Stamps below the promised time to live: they are not available, but are topped up rather than replaced. */
export function dueBelowPromise(
  { pool }: FreshPlanInput,
  policy: Policy,
  { depth, now }: { readonly depth: Depth; readonly now: Date },
): number {
  let count = 0;
  for (const due of pool.due.values()) {
    const { stamps = [], belowPromise = 0 } = due.get(depth) ?? {};
    const toppedUp = stamps.filter(
      (stamp) =>
        ttlSeconds(stamp, now) < policy.acquireMinTtlSeconds && isBeingToppedUp(stamp, pool.stock.openOrders), // those are on order already
    );
    count += belowPromise - toppedUp.length;
  }
  return count;
}

/** First a depth without a stamp, then one whose first stamp is on order, then a depth that is low, then the rest. */
function rankOf(level: Pick<DepthLevel, 'available' | 'onOrder' | 'target'>, policy: Policy): number {
  if (level.available === 0) return level.onOrder === 0 ? 1 : 2;
  return isLow(level, policy.lowReserveThreshold) ? 3 : 4;
}

/** Which node buys what. Each node decides it for itself, and carries out its own part. Pure. */
export function allocateNeeds(input: FreshPlanInput, policy: Policy, needs: readonly Need[]): Allocation {
  const { pool, wallClock } = input;
  const stateOf = (report: NodeState['report']): NodeState => {
    const counts = pool.stock.nodes.find(({ node }) => node === report.node)?.depths ?? [];
    return {
      report,
      stock: new Map(counts.map(({ depth, available, onOrder }) => [depth, available + onOrder])),
      openOrders: pool.stock.openOrders.filter(({ node }) => node === report.node).length,
    };
  };
  const reports = [ownReport(input, policy), ...pool.reports];
  return allocate(needs, reports.map(stateOf), { policy, now: wallClock });
}

/** The node itself, as this run sees it. */
function ownReport(input: FreshPlanInput, policy: Policy): NodeState['report'] {
  const { seen, wallClock, canaryFailed } = input;
  const { node, address, chain, wallet } = seen;
  return {
    node,
    runEndedAt: wallClock,
    fresh: true,
    observed: { at: seen.at, address, lagBlocks: lagBlocks(chain), price: chain.price, wallet },
    drained: policy.drainedNodes.has(node),
    blockedBy: purchasesBlocked(input, policy)?.code ?? null,
    canaryFailed,
  };
}
