import type { HoldCode } from './action.ts';
import type { MaintenanceRun, Spending } from './maintenance-run.ts';
import type { Wallet } from './observation.ts';
import type { EthereumAddress, NodeName, Plur } from './units.ts';

/** What was last known of a node. It is kept on disk: docs/decisions/0018-metrics-keep-the-last-known-value.md. */
export interface LastKnown {
  readonly node: NodeName;
  readonly runEndedAt: Date;
  readonly reachable: boolean;
  /** The last observation was complete, and close enough to the head of the chain to decide on. */
  readonly fresh: boolean;
  /** What the last run held. */
  readonly holds: ReadonlySet<HoldCode>;
  /** What the last complete observation showed; null before the first. */
  readonly observed: LastObserved | null;
  /** At the last price that was known; null before the first. */
  readonly spending: Spending | null;
}

export interface LastObserved {
  readonly at: Date;
  /** The address of the node and its wallet. */
  readonly address: EthereumAddress;
  readonly lagBlocks: number;
  /** PLUR per chunk and block; null if the node has shown none yet. */
  readonly price: Plur | null;
  /** null if the node shows none. */
  readonly wallet: Wallet | null;
}

/** What is known after a run. An incomplete observation, or one of another node, changes nothing that was observed before. */
export const knownAfter = (
  before: LastKnown | null,
  { endedAt, node, actions, spending }: Pick<MaintenanceRun, 'endedAt' | 'node' | 'actions' | 'spending'>,
): LastKnown => ({
  node: node.name,
  runEndedAt: endedAt,
  reachable: node.reachable,
  fresh: node.fresh,
  holds: new Set(actions.flatMap((action) => (action.do === 'hold' ? action.code : []))),
  observed: observedBy(node, before) ?? before?.observed ?? null,
  spending: spending ?? before?.spending ?? null,
});

function observedBy(node: MaintenanceRun['node'], before: LastKnown | null): LastObserved | null {
  const { observedAt, address, lagBlocks, price, wallet } = node;
  if (address === null || lagBlocks === null) return null;
  // A node that has read no price event yet shows 0.
  return { at: observedAt, address, lagBlocks, price: price || (before?.observed?.price ?? null), wallet };
}
