import type { Freshness } from '../domain/observation.ts';
import type { OverdueStamp } from '../domain/stamp.ts';
import { lastingOfStamps } from './lasting-incidents.ts';
import { absenceCounts } from './observed-span.ts';
import { isExpired } from './plan.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { isUnderWay } from './schedule.ts';
import { stampSlices } from './slices.ts';

/** What a run finds out about the stamps that are not usable yet, not shown by the node, or withheld. */
export interface Watched {
  /** At most MAX_EXPIRED. */
  readonly expired: readonly OverdueStamp[];
  readonly isStampUnderWay: boolean;
}

/** Reads these stamps slice by slice, and reminds of the conditions that last. A dry run reminds of nothing. */
export async function watchStamps(
  { store, node, incidents, expiryClock, policy, history }: ReconcileParts,
  { freshness, dryRun }: WatchInput,
): Promise<Watched> {
  const seen = freshness.is === 'fresh' ? freshness.seen : null;
  const mayExpire = absenceCounts(history.current.span);
  const now = expiryClock.now();
  const { blockTimeSeconds } = policy;
  const expired: OverdueStamp[] = [];
  let isStampUnderWay = false;
  for await (const stamps of stampSlices((page) => store.watchedStamps(node, page))) {
    const lasting = lastingOfStamps(stamps, { seen, blockTimeSeconds, now });
    if (!dryRun) for (const incident of lasting) incidents.remind(incident);
    isStampUnderWay ||= stamps.some(isUnderWay);
    if (seen === null || !mayExpire) continue;
    const expiredNow = stamps.filter((stamp) => isExpired(stamp, { block: seen.chain.block, now }));
    expired.push(...expiredNow.slice(0, MAX_EXPIRED - expired.length));
  }
  return { expired, isStampUnderWay };
}

interface WatchInput {
  readonly freshness: Freshness;
  readonly dryRun: boolean;
}

/** Each is a transaction of its own. The next run continues with the others, which are not stock any more. */
const MAX_EXPIRED = 1_000;
