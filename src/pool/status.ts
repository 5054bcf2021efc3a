import type { Incident } from '../domain/incident.ts';
import type { OpenOrder } from '../domain/order.ts';
import { type Reserve, reserveOf } from '../domain/reserve.ts';
import type { NodeView, Turn } from '../domain/turn.ts';
import type { Plur } from '../domain/units.ts';
import type { PoolParts } from './pool-service.ts';

type StatusParts = Pick<
  PoolParts,
  'enabled' | 'policy' | 'store' | 'clock' | 'expiryClock' | 'turns' | 'incidents'
>;

/** Everything an operator looks at first. */
export interface PoolStatus {
  readonly enabled: boolean;
  readonly at: Date;
  readonly reserve: Reserve;
  /** Those of nodes as they are now: what was ordered with an address that a node has moved from is not waited for. */
  readonly openOrders: readonly OpenOrder[];
  /** When the last turn ended; null before the first. */
  readonly lastCheckAt: Date | null;
  readonly nextCheckAt: Date | null;
  /** Newest first. */
  readonly errors: readonly Incident[];
  readonly lastTurn: Turn | null;
  /** As last observed; empty before the first observation. */
  readonly nodes: readonly NodeView[];
  /** What filling all targets costs; null while the price is not known. */
  readonly fullReserveCost: Plur | null;
  readonly nextReplenishmentCost: Plur | null;
  readonly spentLastDay: Plur | null;
  readonly dailyLimit: Plur | null;
  /** How many days the wallet's BZZ lasts at the pace of the last seven days; null when not known or nothing was spent. */
  readonly fundsLastDays: number | null;
}

const DAY_MS = 24 * 3600 * 1000;
const PACE_DAYS = 7;

/** Puts it together from what is on disk and what the last turn saw; nothing here asks Bee. */
export async function poolStatus({
  enabled,
  policy,
  store,
  clock,
  expiryClock,
  turns,
  incidents,
}: StatusParts): Promise<PoolStatus> {
  const at = clock.now();
  const turn = turns.last;
  const stock = await store.stock();
  const reserve = reserveOf(stock, policy, expiryClock.now());
  return {
    enabled,
    at,
    reserve,
    openOrders: stock.openOrders,
    lastCheckAt: turn?.endedAt ?? null,
    nextCheckAt: turn?.nextAt ?? null,
    errors: incidents.recent(),
    lastTurn: turn,
    nodes: turn === null ? [] : [turn.node],
    fullReserveCost: turn?.spending?.fullReserve ?? null,
    nextReplenishmentCost: turn?.spending?.nextReplenishment ?? null,
    spentLastDay: turn?.spending?.lastDay ?? null,
    dailyLimit: turn?.spending?.dailyLimit ?? null,
    fundsLastDays: turn && (await fundsLastDays(turn, store, at)),
  };
}

async function fundsLastDays({ node }: Turn, store: StatusParts['store'], now: Date): Promise<number | null> {
  if (node.wallet === null) return null;
  const spent = await store.spentSince(node.name, new Date(now.getTime() - PACE_DAYS * DAY_MS));
  return spent === 0n ? null : Number((node.wallet.bzz * BigInt(PACE_DAYS) * 10n) / spent) / 10;
}
