import type { Clock } from '../clock.ts';
import type { Depth } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Levels } from '../signals/levels.ts';
import type { Store } from '../store/store.ts';
import { arrivesAt, type Outlook } from './expected-at.ts';

interface ArrivalParts {
  readonly store: Pick<Store, 'stock' | 'leadTimesSeconds'>;
  readonly levels: Pick<Levels, 'current'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly expiryClock: Pick<ExpiryClock, 'now'>;
}

/** Many subscribers may ask after each change of the levels; the store is read at most once in this time. */
const KEPT_MS = 1000;

/** Returns a function that says when the next stamp on order of a depth becomes available; null: nothing is on order, or unknown. */
export function createArrivals({ store, levels, clock, expiryClock }: ArrivalParts) {
  const read = async (): Promise<Pick<Outlook, 'stock' | 'leadTimesSeconds'>> => {
    const [stock, leadTimesSeconds] = await Promise.all([store.stock(), store.leadTimesSeconds()]);
    return { stock, leadTimesSeconds };
  };
  let last: { readonly atMs: number; readonly outlook: ReturnType<typeof read> } | null = null;
  return async (depth: Depth): Promise<Date | null> => {
    const isOnOrder = levels.current.depths.some((level) => level.depth === depth && level.onOrder > 0);
    if (!isOnOrder) return null;
    const nowMs = clock.monotonicMs();
    if (last === null || nowMs - last.atMs >= KEPT_MS) last = { atMs: nowMs, outlook: read() };
    return arrivesAt(await last.outlook, (other) => other === depth, expiryClock.now());
  };
}
