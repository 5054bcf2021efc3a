import type { NodeReport } from '../domain/node-report.ts';
import type { Freshness, FreshObservation, SeenStamp } from '../domain/observation.ts';
import type { OverdueStamp } from '../domain/stamp.ts';
import type { BatchId, Depth, NodeName, OrderId, Plur } from '../domain/units.ts';
import type { PoolStock } from '../store/allocation-store.ts';
import type { Canary } from '../store/canary-store.ts';
import type { DueStamps, NodeStock } from '../store/store.ts';
import type { OrderVariation } from './spending.ts';

/** Everything that a plan depends on, except the policy and the time. */
export interface PlanInput {
  readonly freshness: Freshness;
  /** After the observation was settled. */
  readonly stock: NodeStock;
  readonly pool: PoolView;
  /** Stamps whose time is over, and that the node does not show. */
  readonly expired: readonly OverdueStamp[];
  /** The batches that the node lists and that were never in the pool nor a canary. */
  readonly unpooled: readonly SeenStamp[];
  /** Those of them that have been reported: they may be paid for by a purchase of the pool. */
  readonly unaccounted: ReadonlySet<BatchId>;
  /** Of the batches that STAMP_POOL_ADOPT lists, those that are or were in the pool or a canary. */
  readonly pooledIds: ReadonlySet<BatchId>;
  /** The open orders that this process has not sent: an earlier holder of the lease has. */
  readonly takenOver: ReadonlySet<OrderId>;
  /** Whether a request is under way, or was when the observation began: the wallet may have been read before its payment. */
  readonly sending: boolean;
  /** Until when the node is not asked again, and why; null if it may be asked. */
  readonly backOff: { readonly until: Date; readonly reason: string } | null;
  readonly variation: OrderVariation;
  readonly canaries: KnownCanaries;
  /** The last upload with the canary failed. */
  readonly canaryFailed: boolean;
  /** The reports of the other nodes are compared with it. */
  readonly wallClock: Date;
}

/** What all nodes have and do: the allocation rests on it. */
export interface PoolView {
  readonly stock: PoolStock;
  /** What is due for a top-up, by node that can top up, and by depth with a target. */
  readonly due: ReadonlyMap<NodeName, DueByDepth>;
  /** Those of the other nodes that are configured. */
  readonly reports: readonly NodeReport[];
  /** The cost of what all nodes ordered in the last 24 hours. */
  readonly spentLastDay: Plur;
}

export type DueByDepth = ReadonlyMap<Depth, DueStamps>;

/** The canaries of the node. */
export interface KnownCanaries {
  /** The last ones that were confirmed, newest first; empty if there should be none. */
  readonly bought: readonly Canary[];
  /** The synced block of the first observation of this process that showed none of them; null if the last one showed one. */
  readonly missingSinceBlock: number | null;
}

/** Purchases and top-ups take this type, so that a plan on stale knowledge does not compile (promise 5). */
export type FreshPlanInput = PlanInput & { readonly seen: FreshObservation };
