import type { Action } from '../domain/action.ts';
import type { FreshObservation, SeenStamp } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import { reserveOf } from '../domain/reserve.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import type { FreshKnown } from './known.ts';
import { expiryOf } from './settle-stamp.ts';

/** Only what the store has never seen, usable, unused, with enough time to live, up to the target and not beyond. */
export function adopt(
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
      // A recovered one may be a purchase that somebody else waits for; one without a label may be recovered.
      return stamp.label !== null && stamp.label !== 'recovered';
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
