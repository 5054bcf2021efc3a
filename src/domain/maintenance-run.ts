import type { Action } from './action.ts';
import type { Wallet } from './observation.ts';
import type { EthereumAddress, NodeName, Plur } from './units.ts';

/** The node as the last look showed it. */
export interface NodeView {
  readonly name: NodeName;
  readonly observedAt: Date;
  /** The Ethereum address that owns the stock; null while no node is pinned. */
  readonly address: EthereumAddress | null;
  /** What answered last: another one than `address` while the node is changed; null when nothing stated an address. */
  readonly seenAddress: EthereumAddress | null;
  readonly reachable: boolean;
  /** Everything was read, and close enough to the head of the chain to decide on. */
  readonly fresh: boolean;
  /** Why it is not fresh; null when it is. */
  readonly why: string | null;
  readonly version: string | null;
  readonly block: number | null;
  readonly lagBlocks: number | null;
  /** PLUR per chunk and block. */
  readonly price: Plur | null;
  /** null when not known: some nodes do not tell. */
  readonly wallet: Wallet | null;
}

/** What things cost, at the price of the run. */
export interface Spending {
  /** Filling all targets from nothing. */
  readonly fullReserve: Plur;
  /** What is missing now, all of it. */
  readonly nextReplenishment: Plur;
  /** Ordered within the last 24 hours. */
  readonly lastDay: Plur;
  readonly dailyLimit: Plur;
}

/** One run of the reconciler: observe, settle, plan, act. */
export interface MaintenanceRun {
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** A dry run: what would be done, and nothing was. */
  readonly dryRun: boolean;
  readonly node: NodeView;
  readonly actions: readonly Action[];
  /** Requests that left for Bee in this run; a purchase may still be on its way. */
  readonly purchasesSent: number;
  readonly topUpsSent: number;
  /** Batches taken into the pool in this run that it had not waited for: adopted, or recovered. */
  readonly adoptedOrRecovered: number;
  /** What went wrong in this run, in words. */
  readonly errors: readonly string[];
  /** null while the price is not known. */
  readonly spending: Spending | null;
  /** When the next run is due, if nobody asks for one before. */
  readonly nextAt: Date;
}
