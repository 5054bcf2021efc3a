import type { Action, Hold } from '../domain/action.ts';
import type { SeenStamp } from '../domain/observation.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { reserveOf } from '../domain/reserve.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { FreshKnown } from './known.ts';
import { expiryOf } from './settle-stamp.ts';

type Adopt = Extract<Action, { do: 'adopt' }>;

/** Why a batch that may be adopted by the setting is not. */
const REASONS = {
  pooled: 'are or were in the pool',
  absent: 'are not on the node',
  unusable: 'are not shown as usable by the node',
  used: 'show use',
  short: 'have less than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS to live',
  bought: 'may be what a purchase under way has bought',
  untargeted: 'are of a depth without a target',
  enough: 'are of a depth whose target is met',
} as const;

type Reason = keyof typeof REASONS;

/** Only what the store has never seen, usable, unused, with enough time to live, up to the target and not beyond. */
export function adopt(fresh: FreshKnown, policy: Policy, now: Date): readonly Adopt[] {
  if (policy.adoption.from === 'nowhere') return [];
  const { stock, seen } = fresh;
  const levels = reserveOf(stock, policy, now).depths;
  return levels.flatMap(({ depth, target, available, onOrder }) =>
    seen.stamps
      .filter((stamp) => stamp.depth === depth && isMeant(stamp, policy))
      .filter((stamp) => whyUnfit(stamp, fresh, { policy, now }) === null)
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

/** It has the amount of a purchase of ours that is not settled. */
const mayBeBought = ({ amount }: SeenStamp, openOrders: readonly OpenOrder[]): boolean =>
  openOrders.some((order) => order.kind === 'purchase' && order.amount === amount);

/** Whether the setting names it. */
function isMeant({ batchId, label }: SeenStamp, { adoption }: Policy): boolean {
  switch (adoption.from) {
    case 'nowhere':
      return false;
    case 'list':
      return adoption.batchIds.has(batchId);
    case 'any':
      // A recovered one may be a purchase that somebody else waits for; one without a label may be recovered.
      return label !== null && label !== 'recovered';
  }
}

function whyUnfit(
  stamp: SeenStamp,
  { seen, known, stock }: FreshKnown,
  { policy, now }: { policy: Policy; now: Date },
): Reason | null {
  if (known.has(stamp.batchId)) return 'pooled';
  if (mayBeBought(stamp, stock.openOrders)) return 'bought';
  if (!stamp.usable) return 'unusable';
  if (stamp.utilization > 0) return 'used';
  const expiresAt = expiryOf(stamp, seen, policy.blockTimeSeconds);
  if (expiresAt === null || ttlSeconds({ expiresAt }, now) < policy.acquireMinTtlSeconds) return 'short';
  return policy.targets.has(stamp.depth) ? null : 'untargeted';
}

/** More of them are counted, not named. */
const MAX_NAMED_PER_REASON = 10;

/** What of an operator's list is not taken in, and why; null when there is none that could still be. Pure. */
export function describeNotAdopted(
  fresh: FreshKnown,
  policy: Policy,
  { now, adopted }: { readonly now: Date; readonly adopted: readonly Adopt[] },
): Hold | null {
  if (policy.adoption.from !== 'list') return null;
  const { batchIds } = policy.adoption;
  const shown = new Map(fresh.seen.stamps.map((stamp) => [stamp.batchId, stamp]));
  const taken = new Set(adopted.map(({ batchId }) => batchId));
  const left = [...batchIds].filter((batchId) => !taken.has(batchId));
  if (left.length === 0) return null;
  const reasonOf = (batchId: BatchId): Reason => {
    const stamp = shown.get(batchId);
    if (!stamp) return fresh.known.has(batchId) ? 'pooled' : 'absent';
    return whyUnfit(stamp, fresh, { policy, now }) ?? 'enough';
  };
  const groups = Map.groupBy(left, reasonOf);
  if (groups.get('pooled')?.length === left.length) return null; // as meant, and said once at the start of the process
  const words = [...groups].map(([reason, ids]) => `${ids.length} ${REASONS[reason]} (${named(ids)})`);
  return {
    do: 'hold',
    code: 'NOT_ADOPTED',
    depth: null,
    cost: null,
    reason: `of ${batchIds.size} batches listed in STAMP_POOL_ADOPT, ${words.join('; ')}`,
  };
}

function named(ids: readonly BatchId[]): string {
  const more = ids.length - MAX_NAMED_PER_REASON;
  return ids.slice(0, MAX_NAMED_PER_REASON).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
