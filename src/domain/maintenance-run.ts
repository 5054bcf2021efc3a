import type { Action } from './action.ts';
import type { Wallet } from './observation.ts';
import type { BatchId, EthereumAddress, NodeName, Plur } from './units.ts';

/** The node as last observed. */
export interface NodeView {
  readonly name: NodeName;
  readonly observedAt: Date;
  /** The Ethereum address that owns the stock; null while no node is pinned. */
  readonly address: EthereumAddress | null;
  /** The address that answered last, which differs from `address` while the node is changed; null if no answer stated one. */
  readonly seenAddress: EthereumAddress | null;
  readonly reachable: boolean;
  /** The observation is complete, and close enough to the head of the chain to decide on. */
  readonly fresh: boolean;
  /** Why it is not fresh; null if it is. */
  readonly staleReason: string | null;
  /** By the settings of the process that made the run. */
  readonly drained: boolean;
  readonly version: string | null;
  readonly block: number | null;
  readonly lagBlocks: number | null;
  /** PLUR per chunk and block. */
  readonly price: Plur | null;
  /** null if unknown: some nodes do not show it. */
  readonly wallet: Wallet | null;
  /** null if the node shows none, or if there should be none. */
  readonly canary: SeenCanary | null;
}

/** The canary of a node, as the node shows it. */
export interface SeenCanary {
  readonly batchId: BatchId;
  readonly usable: boolean;
  /** null if the node shows no time to live. */
  readonly expiresAt: Date | null;
}

/** Costs at the price of the run. */
export interface Spending {
  /** The cost of all targets, starting from an empty reserve. */
  readonly fullReserve: Plur;
  /** The cost of all that is missing now. */
  readonly nextReplenishment: Plur;
  /** The cost of what was ordered in the last 24 hours. */
  readonly lastDay: Plur;
  readonly dailyLimit: Plur;
}

/** One run of one node: observe, settle, plan, act. */
export interface MaintenanceRun {
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** True for a dry run: the actions were planned and not carried out. */
  readonly dryRun: boolean;
  readonly node: NodeView;
  readonly actions: readonly Action[];
  /** Requests that this run sent to Bee. A purchase may still be under way. */
  readonly purchasesSent: number;
  readonly topUpsSent: number;
  /** Batches that entered the pool in this run without an open order: adopted, or recovered. */
  readonly adoptedOrRecovered: number;
  /** What went wrong in this run, as text. */
  readonly errors: readonly string[];
  /** null while the price is unknown. */
  readonly spending: Spending | null;
  /** When the next run is due, if none is requested before. */
  readonly nextAt: Date;
}

/** The runs of one request: one per node, in the order of the settings. */
export type NodesRuns = readonly [MaintenanceRun, ...MaintenanceRun[]];

/** What several runs decided and did together. */
export type RunTotals = Pick<
  MaintenanceRun,
  | 'startedAt'
  | 'endedAt'
  | 'nextAt'
  | 'actions'
  | 'purchasesSent'
  | 'topUpsSent'
  | 'adoptedOrRecovered'
  | 'errors'
>;

/** The first run with the totals of all, from the first start to the last end, and the earliest next run. */
export const totalsOf = <Run extends Totals>([first, ...others]: readonly [Run, ...Run[]]): Run =>
  others.reduce(
    (total, run) => ({
      ...total,
      startedAt: run.startedAt < total.startedAt ? run.startedAt : total.startedAt,
      endedAt: run.endedAt > total.endedAt ? run.endedAt : total.endedAt,
      nextAt: run.nextAt < total.nextAt ? run.nextAt : total.nextAt,
      actions: [...total.actions, ...run.actions],
      purchasesSent: total.purchasesSent + run.purchasesSent,
      topUpsSent: total.topUpsSent + run.topUpsSent,
      adoptedOrRecovered: total.adoptedOrRecovered + run.adoptedOrRecovered,
      errors: [...total.errors, ...run.errors],
    }),
    first,
  );

/** The command line reads the actions as GraphQL has them. */
type Totals = Omit<RunTotals, 'actions'> & { readonly actions: readonly unknown[] };
