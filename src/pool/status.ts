import type { Clock } from '../clock.ts';
import { DAY_MS } from '../domain/durations.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { Policy } from '../domain/policy.ts';
import { reserveOf } from '../domain/reserve.ts';
import { PACE_DAYS, runwayDays } from '../domain/runway.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Runs } from '../signals/runs.ts';
import { momentOf, type Store } from '../store/store.ts';
import type { PoolStatus } from './pool.ts';
import { reporting } from './reporting.ts';

/** Combines what is on disk with what the last run saw. Does not call Bee. */
export async function poolStatus({
  enabled,
  policy,
  store,
  clock,
  expiryClock,
  runs,
  incidents,
}: StatusParts): Promise<PoolStatus> {
  const at = clock.now();
  const run = runs.last;
  const moment = momentOf(policy, expiryClock.now());
  const [{ depths }, openOrders] = await Promise.all([store.snapshot(moment), store.openOrders()]);
  return {
    enabled,
    at,
    reserve: reserveOf(depths, policy),
    openOrders,
    lastRunAt: run?.endedAt ?? null,
    nextRunAt: run?.nextAt ?? null,
    errors: incidents.recent(),
    lastRun: run,
    nodes: run === null ? [] : [run.node],
    fullReserveCost: run?.spending?.fullReserve ?? null,
    nextReplenishmentCost: run?.spending?.nextReplenishment ?? null,
    spentLastDay: run?.spending?.lastDay ?? null,
    dailyLimit: run?.spending?.dailyLimit ?? null,
    fundsRunwayDays: () => reporting({ incidents }, () => fundsRunwayDays(run, store, at)),
  };
}

async function fundsRunwayDays(run: MaintenanceRun | null, store: Store, now: Date): Promise<number | null> {
  const wallet = run?.node.wallet ?? null;
  if (run === null || wallet === null) return null;
  const spent = await store.spentSince(run.node.name, new Date(now.getTime() - PACE_DAYS * DAY_MS));
  return runwayDays(wallet.bzz, spent);
}

interface StatusParts {
  readonly enabled: boolean;
  readonly policy: Policy;
  readonly store: Store;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly runs: Runs;
  readonly incidents: Incidents;
}
