import type { ObservationFault, Wallet } from '../../domain/observation.ts';

/** A Bee node as one observation showed it: of the service, or of the doctor itself. */
export interface NodeFacts {
  readonly name: string;
  /** Why nothing is decided on the observation; null if it is fresh. */
  readonly fault: { readonly code: NodeFault; readonly reason: string } | null;
  /** The address of the node that answered. */
  readonly seenAddress: string | null;
  readonly version: string | null;
  readonly block: number | null;
  readonly lagBlocks: number | null;
  /** PLUR per chunk and block. */
  readonly price: bigint | null;
  readonly wallet: Wallet | null;
  readonly targets: readonly TargetCost[] | null;
}

export type NodeFault = ObservationFault | 'NODE_BEHIND' | 'OBSERVATION_OLD';

/** A target, and what one stamp of its depth costs at the price of the observation. */
export interface TargetCost {
  readonly depth: number;
  readonly count: number;
  readonly cost: bigint;
}

export const reserveCost = (targets: readonly TargetCost[]): bigint =>
  targets.reduce((sum, { count, cost }) => sum + BigInt(count) * cost, 0n);
