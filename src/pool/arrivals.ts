import type { Clock } from '../clock.ts';
import type { Policy } from '../domain/policy.ts';
import type { Depth } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Levels } from '../signals/levels.ts';
import type { Store } from '../store/store.ts';
import { arrivesAt, type Incoming, typicalLeadTime } from './expected-at.ts';

interface ArrivalParts {
  readonly store: IncomingStore;
  readonly levels: Pick<Levels, 'current'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly expiryClock: Pick<ExpiryClock, 'now'>;
  readonly policy: BlockTime;
}

/** Many subscribers may ask after each change of the levels; the store is read at most once in this time. */
const KEPT_MS = 1000;

/** Returns a function that says when the next stamp on order of a depth becomes available; null: nothing is on order, or unknown. */
export function createArrivals({ store, levels, clock, expiryClock, policy }: ArrivalParts) {
  let last: { readonly atMs: number; readonly incoming: Promise<Incoming> } | null = null;
  return async (depth: Depth): Promise<Date | null> => {
    const isOnOrder = levels.current.depths.some((level) => level.depth === depth && level.onOrder > 0);
    if (!isOnOrder) return null;
    const nowMs = clock.monotonicMs();
    if (last === null || nowMs - last.atMs >= KEPT_MS)
      last = { atMs: nowMs, incoming: readIncoming(store, policy) };
    return arrivesAt(await last.incoming, (other) => other === depth, expiryClock.now());
  };
}

type IncomingStore = Pick<Store, 'openOrders' | 'firstPropagating' | 'leadTimesSeconds'>;
type BlockTime = Pick<Policy, 'blockTimeSeconds'>;

export async function readIncoming(store: IncomingStore, { blockTimeSeconds }: BlockTime): Promise<Incoming> {
  const [openOrders, firstPropagating, leadTimesSeconds] = await Promise.all([
    store.openOrders(),
    store.firstPropagating(),
    store.leadTimesSeconds(),
  ]);
  return {
    openOrders,
    firstPropagating,
    leadTimeSeconds: typicalLeadTime(leadTimesSeconds, blockTimeSeconds),
  };
}
