import type { Action, Hold } from '../domain/action.ts';
import type { SeenStamp } from '../domain/observation.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { FreshPlanInput } from './plan-input.ts';
import { dueBelowPromise, levelsOf } from './pool-needs.ts';
import { expiryOf } from './settle-stamp.ts';

type Adopt = Extract<Action, { do: 'adopt' }>;

/** Adopts batches that were never in the pool, are usable and unused, and live long enough, up to the target. Pure. */
export function adopt(input: FreshPlanInput, policy: Policy, now: Date): readonly Adopt[] {
  return levelsOf(input, policy).flatMap(({ depth, target, available, ...level }) => {
    const onOrder = level.onOrder + dueBelowPromise(input, policy, { depth, now });
    return input.unpooled
      .filter((stamp) => stamp.depth === depth && isNamed(stamp, input, policy))
      .filter((stamp) => whyUnfit(stamp, input, { policy, now }) === null)
      .toSorted((a, b) => (b.ttlSeconds ?? 0) - (a.ttlSeconds ?? 0))
      .slice(0, Math.max(0, target - available - onOrder))
      .map(({ batchId }) => ({
        do: 'adopt' as const,
        batchId,
        depth,
        reason: `depth ${depth}: ${available} available + ${onOrder} on order < ${target}; the node has this batch, unused`,
      }));
  });
}

/** Why a batch that STAMP_POOL_ADOPT names is not adopted. */
const REASONS = {
  pooled: 'in the pool, now or before',
  absent: 'not on the node',
  unusable: 'not usable on the node',
  used: 'in use',
  short: 'with less than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS to live',
  bought: 'with the amount of a purchase that is not settled',
  untargeted: 'of a depth without a target',
  enough: 'of a depth whose target is met',
} as const;

type Reason = keyof typeof REASONS;

/** It has the amount of a purchase that is not settled. */
const mayBeBought = ({ amount }: SeenStamp, openOrders: readonly OpenOrder[]): boolean =>
  openOrders.some((order) => order.kind === 'purchase' && order.amount === amount);

/** Whether STAMP_POOL_ADOPT names it. */
function isNamed(
  { batchId, label }: SeenStamp,
  { unaccounted }: Pick<FreshPlanInput, 'unaccounted'>,
  { adoption }: Policy,
): boolean {
  switch (adoption.from) {
    case 'nowhere':
      return false;
    case 'list':
      return adoption.batchIds.has(batchId);
    case 'any':
      // A recovered batch may be a purchase that someone else waits for. Without a label it may be a recovered one. After a
      // restore, a client may have one that was bought for an order.
      return label !== null && label !== 'recovered' && !unaccounted.has(batchId);
  }
}

function whyUnfit(
  stamp: SeenStamp,
  { seen, pooledIds, stock }: FreshPlanInput,
  { policy, now }: { policy: Policy; now: Date },
): Reason | null {
  if (pooledIds.has(stamp.batchId)) return 'pooled';
  if (mayBeBought(stamp, stock.openOrders)) return 'bought';
  if (!stamp.usable) return 'unusable';
  if (stamp.utilization > 0) return 'used';
  const expiresAt = expiryOf(stamp, seen, policy.blockTimeSeconds);
  if (expiresAt === null || ttlSeconds({ expiresAt }, now) < policy.acquireMinTtlSeconds) return 'short';
  return policy.targets.has(stamp.depth) ? null : 'untargeted';
}

/** Further ids are counted only. */
const MAX_NAMED_PER_REASON = 10;

/** Which batches of the operator's list are not adopted, and why; null if all of them are or were in the pool. Pure. */
export function describeNotAdopted(
  input: FreshPlanInput,
  policy: Policy,
  { now, adopted }: { readonly now: Date; readonly adopted: readonly Adopt[] },
): Hold | null {
  if (policy.adoption.from !== 'list') return null;
  const { batchIds } = policy.adoption;
  const taken = new Set(adopted.map(({ batchId }) => batchId));
  const left = [...batchIds].filter((batchId) => !taken.has(batchId));
  if (left.length === 0) return null;
  const reasonOf = (batchId: BatchId): Reason => {
    const stamp = input.seen.stamps.get(batchId);
    if (!stamp) return input.pooledIds.has(batchId) ? 'pooled' : 'absent';
    return whyUnfit(stamp, input, { policy, now }) ?? 'enough';
  };
  const groups = Map.groupBy(left, reasonOf);
  if (groups.get('pooled')?.length === left.length) return null; // as intended; logged once at the start of the process
  const parts = [...groups].map(([reason, ids]) => `${ids.length} ${REASONS[reason]} (${named(ids)})`);
  return {
    do: 'hold',
    code: 'NOT_ADOPTED',
    depth: null,
    cost: null,
    reason: `${left.length} of ${batchIds.size} batches listed in STAMP_POOL_ADOPT are not adopted: ${parts.join('; ')}`,
  };
}

function named(ids: readonly BatchId[]): string {
  const more = ids.length - MAX_NAMED_PER_REASON;
  return ids.slice(0, MAX_NAMED_PER_REASON).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
