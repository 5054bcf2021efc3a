import type { Freshness, FreshObservation } from '../domain/observation.ts';
import type { BatchId, Plur } from '../domain/units.ts';
import type { Canary } from '../store/canary-store.ts';
import type { NodeStock } from '../store/store.ts';
import type { OrderVariation } from './spending.ts';

/** Everything that a plan depends on, except the policy and the time. */
export interface PlanInput {
  readonly node: Freshness;
  /** After the observation was settled. */
  readonly stock: NodeStock;
  /** Of the batches that are listed, claimed, or may be adopted, those that are or were in the pool or a canary. */
  readonly pooledIds: ReadonlySet<BatchId>;
  readonly spentLastDay: Plur;
  /** Whether a request is under way, whatever the state of its order. */
  readonly sending: boolean;
  /** Until when the node is not asked again, and why; null if it may be asked. */
  readonly backOff: { readonly until: Date; readonly reason: string } | null;
  readonly variation: OrderVariation;
  readonly canaries: KnownCanaries;
}

/** The canaries of the node. */
export interface KnownCanaries {
  /** The last ones that were confirmed, newest first; empty if there should be none. */
  readonly bought: readonly Canary[];
  /** The synced block of the first observation of this process that showed none of them; null if the last one showed one. */
  readonly missingSinceBlock: number | null;
}

/** Purchases and top-ups take this type, so that a plan on stale knowledge does not compile (rule 5). */
export type FreshPlanInput = PlanInput & { readonly seen: FreshObservation };
