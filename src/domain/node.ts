import type { EthereumAddress, NodeName } from './units.ts';

/** What is on disk about one Bee node, apart from its stamps and orders. */
export interface NodeRecord {
  readonly name: NodeName;
  /** The address that owns the stock; null until the first complete and fresh observation. */
  readonly address: EthereumAddress | null;
  readonly pinnedAt: Date | null;
  /** The chain of the stock; null until a complete and fresh observation shows it. A name keeps it for ever. */
  readonly chainId: number | null;
  /** Another node answered under the same name. Until this is null again, no stamp of the node is given out. */
  readonly changed: OtherNode | null;
  /**
   * About when it was last completely observed, in the time that expiries are compared with; later after
   * `nodeAwaited`. null if that was not recorded.
   */
  readonly observedAt: Date | null;
}

/** The node that answers in place of the owner. */
export interface SeenOther {
  readonly other: EthereumAddress;
  /** The chain that it shows, if that is not the one of the stock; otherwise null. */
  readonly otherChainId: number | null;
}

interface OtherNode extends SeenOther {
  readonly since: Date;
}

/** "0x…", or "0x… on chain 100" */
export const onChain = (address: EthereumAddress, chainId: number | null): string =>
  chainId === null ? address : `${address} on chain ${chainId}`;

/** Why all stamps of a node are withheld: another node answers in its place; or it was not completely observed for long. */
export type NodeWithheld = 'node_changed' | 'node_away' | 'node_lost';

/** null if they are given out. What is `node_lost` does not count as stock: docs/decisions/0009-stock-while-the-node-is-silent.md. */
export function nodeWithheld(
  { hasChanged, observedAtMs }: { readonly hasChanged: boolean; readonly observedAtMs: number | null },
  { at, nodeAwaySeconds }: AwayBound,
): NodeWithheld | null {
  const unobservedMs = observedAtMs === null ? 0 : at.getTime() - observedAtMs;
  if (unobservedMs > 2 * nodeAwaySeconds * 1000) return 'node_lost';
  if (hasChanged) return 'node_changed';
  return unobservedMs > nodeAwaySeconds * 1000 ? 'node_away' : null;
}

/** How far beyond the bound an observation is dated back, so that the stock of its node is withheld at once. */
const MIN_AWAY_MS = 1_000;

/** The time of an observation that is so old that the stock of its node is withheld, and so young that it counts as stock. */
export const justAway = ({ at, nodeAwaySeconds }: AwayBound): Date =>
  new Date(at.getTime() - nodeAwaySeconds * 1000 - MIN_AWAY_MS);

/** A time, and for how long after its last complete observation the stamps of a node are given out. */
export interface AwayBound {
  readonly at: Date;
  readonly nodeAwaySeconds: number;
}

/** What one address holds under the name of a node. `retired`: the name has moved to another address. */
export interface Holding {
  readonly node: NodeName;
  readonly address: EthereumAddress | null;
  readonly retired: boolean;
  /** Stamps that are propagating or available. */
  readonly liveStamps: number;
  readonly openOrders: number;
}
