import type { Incident } from '../domain/incident.ts';
import type { MaintenanceRun, NodeView } from '../domain/maintenance-run.ts';
import type { OpenOrder } from '../domain/order.ts';
import { type Reserve, reserveOf } from '../domain/reserve.ts';
import type { Plur } from '../domain/units.ts';
import type { PoolParts } from './create-pool.ts';

type StatusParts = Pick<
  PoolParts,
  'enabled' | 'policy' | 'store' | 'clock' | 'expiryClock' | 'runs' | 'incidents'
>;

/** Everything an operator looks at first. */
export interface PoolStatus {
  readonly enabled: boolean;
  readonly at: Date;
  readonly reserve: Reserve;
  /** Those of nodes as they are now: what was ordered with an address that a node has moved from is not waited for. */
  readonly openOrders: readonly OpenOrder[];
  /** When the last run ended; null before the first. */
  readonly lastRunAt: Date | null;
  readonly nextRunAt: Date | null;
  /** Newest first. */
  readonly errors: readonly Incident[];
  readonly lastRun: MaintenanceRun | null;
  /** As last observed; empty before the first observation. */
  readonly nodes: readonly NodeView[];
  /** What filling all targets costs; null while the price is not known. */
  readonly fullReserveCost: Plur | null;
  readonly nextReplenishmentCost: Plur | null;
  readonly spentLastDay: Plur | null;
  readonly dailyLimit: Plur | null;
  /** How many days the wallet's BZZ lasts at the pace of the last seven days; null when not known or nothing was spent. */
  readonly fundsRunwayDays: number | null;
}

const DAY_MS = 24 * 3600 * 1000;
const PACE_DAYS = 7;

/** Puts it together from what is on disk and what the last run saw; nothing here asks Bee. */
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
  const stock = await store.stock();
  const reserve = reserveOf(stock, policy, expiryClock.now());
  return {
    enabled,
    at,
    reserve,
    openOrders: stock.openOrders,
    lastRunAt: run?.endedAt ?? null,
    nextRunAt: run?.nextAt ?? null,
    errors: incidents.recent(),
    lastRun: run,
    nodes: run === null ? [] : [run.node],
    fullReserveCost: run?.spending?.fullReserve ?? null,
    nextReplenishmentCost: run?.spending?.nextReplenishment ?? null,
    spentLastDay: run?.spending?.lastDay ?? null,
    dailyLimit: run?.spending?.dailyLimit ?? null,
    fundsRunwayDays: run && (await fundsRunwayDays(run, store, at)),
  };
}

async function fundsRunwayDays(
  { node }: MaintenanceRun,
  store: StatusParts['store'],
  now: Date,
): Promise<number | null> {
  if (node.wallet === null) return null;
  const spent = await store.spentSince(node.name, new Date(now.getTime() - PACE_DAYS * DAY_MS));
  return spent === 0n ? null : Number((node.wallet.bzz * BigInt(PACE_DAYS) * 10n) / spent) / 10;
}
