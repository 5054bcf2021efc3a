import { claimOf, isForReserve, type OpenOrder } from '../domain/order.ts';
import type { Depth } from '../domain/units.ts';

/** Two transactions and the node's sync lag, generously: three minutes on Gnosis Chain (docs/bee.md#visibility). */
const DEFAULT_LEAD_TIME_BLOCKS = 36;
/** A client is not asked to retry earlier than this. */
const MIN_WAIT_MS = 5000;

/** What is on order, and how long it takes. */
export interface Incoming {
  readonly openOrders: readonly OpenOrder[];
  /** By depth, when the first of the stamps that are not usable yet entered the pool. */
  readonly firstPropagating: ReadonlyMap<Depth, Date>;
  /** How long a purchase takes, as `typicalLeadTime` says. */
  readonly leadTimeSeconds: number;
}

/** What the estimate is computed from. */
export interface Outlook extends Incoming {
  /** The depths of which a stamp is bought soon. */
  readonly boughtSoon: ReadonlySet<Depth>;
  /** When the next purchase may begin. */
  readonly nextPurchaseAt: Date;
}

/** When a suitable stamp is expected; null if none is on order and none will be bought soon. Pure. */
export function expectedAt(outlook: Outlook, suits: (depth: Depth) => boolean, now: Date): Date | null {
  const onOrderAt = arrivesAt(outlook, suits, now);
  if (onOrderAt !== null) return onOrderAt;
  if (outlook.openOrders.some((order) => order.kind === 'purchase' && isOverdue(order))) return null;
  return [...outlook.boughtSoon].some(suits)
    ? new Date(outlook.nextPurchaseAt.getTime() + outlook.leadTimeSeconds * 1000)
    : null;
}

/** When the next suitable stamp on order becomes available; null if none is bought or being bought. Pure. */
export function arrivesAt(
  { openOrders, firstPropagating, leadTimeSeconds }: Incoming,
  suits: (depth: Depth) => boolean,
  now: Date,
): Date | null {
  const leadMs = leadTimeSeconds * 1000;
  const begun = [
    ...openOrders
      .filter((order) => isForReserve(order) && !isOverdue(order))
      .map(({ depth, plannedAt }) => ({ depth, at: plannedAt })),
    ...[...firstPropagating].map(([depth, at]) => ({ depth, at })),
  ];
  // a start in the future means that the wall clock was set back since
  const due = begun
    .filter(({ depth }) => suits(depth))
    .map(({ at }) => Math.min(at.getTime(), now.getTime()) + leadMs);
  return due.length === 0 ? null : new Date(Math.max(Math.min(...due), now.getTime() + MIN_WAIT_MS));
}

/** The node does not show the claimed batch, and nothing more is bought until it does. */
const isOverdue = (order: OpenOrder): boolean => claimOf(order)?.overdue === true;

/** The median of the last purchases; before the first one, what the chain's block time suggests. Pure. */
export function typicalLeadTime(lastSeconds: readonly number[], blockTimeSeconds: number): number {
  const sorted = lastSeconds.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? DEFAULT_LEAD_TIME_BLOCKS * blockTimeSeconds;
}
