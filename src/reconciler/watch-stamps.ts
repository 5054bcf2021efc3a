import type { Freshness } from '../domain/observation.ts';
import type { AvailableStamp } from '../domain/stamp.ts';
import type { NodeStock } from '../store/store.ts';
import { lastingIncidents } from './lasting-incidents.ts';
import { isExpired } from './plan.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { isUnderWay } from './schedule.ts';
import { stampSlices } from './slices.ts';

/** What a run finds out about the stamps that are not usable yet, not shown by the node, or withheld. */
export interface Watched {
  /** At most MAX_EXPIRED. */
  readonly expired: readonly AvailableStamp[];
  readonly isStampUnderWay: boolean;
}

/** Reads these stamps slice by slice, and reminds of the conditions that last. A dry run reminds of nothing. */
export async function watchStamps(
  { store, node, incidents, expiryClock, policy }: ReconcileParts,
  { freshness, openOrders, dryRun }: WatchInput,
): Promise<Watched> {
  const seen = freshness.is === 'fresh' ? freshness.seen : null;
  const now = expiryClock.now();
  const remind = (stock: Parameters<typeof lastingIncidents>[0]['stock']): void => {
    const lasting = lastingIncidents({ stock, seen, blockTimeSeconds: policy.blockTimeSeconds, now });
    if (!dryRun) for (const incident of lasting) incidents.remind(incident);
  };
  const expired: AvailableStamp[] = [];
  let isStampUnderWay = false;
  for await (const stamps of stampSlices((page) => store.watchedStamps(node, page))) {
    remind({ stamps, openOrders: [] });
    isStampUnderWay ||= stamps.some(isUnderWay);
    const available = stamps.filter((stamp) => stamp.state === 'available');
    if (seen !== null && expired.length < MAX_EXPIRED)
      expired.push(...available.filter((stamp) => isExpired(stamp, { block: seen.chain.block, now })));
  }
  remind({ stamps: [], openOrders });
  return { expired, isStampUnderWay };
}

interface WatchInput {
  readonly freshness: Freshness;
  readonly openOrders: NodeStock['openOrders'];
  readonly dryRun: boolean;
}

/** Each is a transaction of its own. The next run continues with the others, which are not stock any more. */
const MAX_EXPIRED = 1_000;
