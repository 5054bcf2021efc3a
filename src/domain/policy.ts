import { HOUR_SECONDS } from './durations.ts';
import type { BatchId, Depth, NodeName, Plur, Wei } from './units.ts';

/** Which batches that the pool did not buy it may take in (docs/operating.md#adoption). */
export type Adoption =
  | { readonly from: 'nowhere' }
  | { readonly from: 'list'; readonly batchIds: ReadonlySet<BatchId> }
  | { readonly from: 'any' };

/** Which larger stamps may be given in place of the requested depth. */
export interface FallbackRules {
  /** How many available stamps of each depth are kept for requests of exactly that depth. */
  readonly exactFloor: ReadonlyMap<Depth, number>;
  /** How many depths larger the stamp may be; null: any number. */
  readonly maxSteps: number | null;
}

/** How long a purchase lasts at the least: an hour more than it should, because the stamp needs time to become usable. */
export const purchasedSeconds = ({
  defaultDurationSeconds,
}: Pick<Policy, 'defaultDurationSeconds'>): number => defaultDurationSeconds + HOUR_SECONDS;

/** The settings of the operator that decisions depend on, in one unit per quantity: seconds, PLUR, wei. */
export interface Policy {
  /** How many available stamps of a depth the reserve should hold. Has only depths with at least one. */
  readonly targets: ReadonlyMap<Depth, number>;
  /** Promise 4: the time to live promised at the moment of an acquisition. */
  readonly acquireMinTtlSeconds: number;
  /** A stamp is topped up when its time to live falls below this. Never below the promise. */
  readonly minTtlSeconds: number;
  readonly topUpSeconds: number;
  readonly defaultDurationSeconds: number;
  readonly lowReserveThreshold: number;
  readonly immediateReplenish: boolean;
  readonly fallback: FallbackRules;
  readonly adoption: Adoption;
  readonly immutable: boolean;
  /** How often the canary of a node is used; null: there is none. */
  readonly canaryIntervalSeconds: number | null;
  readonly runIntervalSeconds: number;
  readonly blockTimeSeconds: number;
  /** null for the default: see `dailyLimit` in spending.ts. */
  readonly maxSpendPerDay: Plur | null;
  readonly maxOrder: Plur | null;
  /** PLUR per chunk and block. */
  readonly maxPrice: Plur | null;
  /** Of each node. */
  readonly walletFloorBzz: Plur;
  readonly walletFloorXdai: Wei;
  /** They give out what they have, and buy and top up nothing. */
  readonly drainedNodes: ReadonlySet<NodeName>;
  /** How long after its last complete observation the stamps of a node are given out. They count as stock twice as long. */
  readonly nodeAwaySeconds: number;
}
