import type { Clock } from '../clock.ts';
import { daysBefore } from '../domain/durations.ts';
import type { MaintenanceRun, Spending } from '../domain/maintenance-run.ts';
import { nextReplenishment } from '../domain/next-replenishment.ts';
import type { Policy } from '../domain/policy.ts';
import { reserveOf } from '../domain/reserve.ts';
import { PACE_DAYS, runwayDays } from '../domain/runway.ts';
import { plur } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Runs } from '../signals/runs.ts';
import { momentOf } from '../store/moment.ts';
import { type Store } from '../store/store.ts';
import type { PoolStatus } from './pool.ts';
import { reporting } from './reporting.ts';

/** Combines what is on disk with what the last run of each node saw. Does not call Bee. */
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
  const { last, lastOfEach: lastRuns } = runs;
  const moment = momentOf(policy, expiryClock.now());
  const [{ depths }, openOrders] = await Promise.all([store.snapshot(moment), store.openOrders()]);
  const reserve = reserveOf(depths, policy);
  const spendings = spendingsOf(lastRuns);
  const [spending] = spendings;
  return {
    enabled,
    at,
    reserve,
    openOrders,
    lastRunAt: last?.endedAt ?? null,
    nextRunAt: earliest(lastRuns.map(({ nextAt }) => nextAt)),
    errors: incidents.recent(),
    lastRun: last,
    lastRuns,
    nodes: lastRuns.map(({ node }) => node),
    fullReserveCost: spending?.fullReserve ?? null,
    nextReplenishmentCost: nextReplenishment(spendings, reserve.depths),
    dailyLimit: spending?.dailyLimit ?? policy.maxSpendPerDay,
    spentLastDay: () => reporting({ incidents }, () => store.allocations.spentByPoolSince(daysBefore(at, 1))),
    fundsRunwayDays: () => reporting({ incidents }, () => fundsRunwayDays(lastRuns, store, at)),
  };
}

const earliest = (dates: readonly Date[]): Date | null =>
  dates.length === 0 ? null : new Date(Math.min(...dates.map((date) => date.getTime())));

/** What the runs have computed, the newest first. */
const spendingsOf = (runs: readonly MaintenanceRun[]): readonly Spending[] =>
  runs
    .toSorted((a, b) => b.endedAt.getTime() - a.endedAt.getTime())
    .flatMap(({ spending }) => spending ?? []);

/** null unless each wallet is known. */
async function fundsRunwayDays(
  runs: readonly MaintenanceRun[],
  store: Store,
  now: Date,
): Promise<number | null> {
  const wallets = runs.flatMap(({ node }) => node.wallet ?? []);
  if (runs.length === 0 || wallets.length < runs.length) return null;
  const held = wallets.reduce((sum, { bzz }) => sum + bzz, 0n);
  return runwayDays(plur(held), await store.allocations.spentByPoolSince(daysBefore(now, PACE_DAYS)));
}

interface StatusParts {
  readonly enabled: boolean;
  readonly policy: Policy;
  readonly store: Store;
  readonly clock: Clock;
  readonly expiryClock: ExpiryClock;
  readonly runs: Pick<Runs, 'last' | 'lastOfEach'>;
  readonly incidents: Incidents;
}
