import type { EthereumAddress, NodeName } from './units.ts';

/** What is on disk about one Bee node, apart from its stamps and orders. */
export interface NodeRecord {
  readonly name: NodeName;
  /** The address that owns the stock; null until the first complete and fresh observation. */
  readonly address: EthereumAddress | null;
  readonly pinnedAt: Date | null;
  /** Another node answered under the same name. Until this is null again, no stamp of the node is given out. */
  readonly changed: { readonly other: EthereumAddress; readonly since: Date } | null;
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
