import type { BatchId, Depth, EthereumAddress, NodeName, Plur, Wei } from './units.ts';

/** What `GET /chainstate` says. */
export interface ChainState {
  /** The head of the chain as the node knows it; may be an estimate (docs/bee.md#versions). */
  readonly tip: number;
  /** The last block whose events the node has applied. */
  readonly block: number;
  /** PLUR per chunk and block; 0 while no price event is known. */
  readonly price: Plur;
  /** PLUR per chunk that every batch has paid since there are any, up to `block`. */
  readonly totalAmount: Plur;
  /** Amounts must exceed price times this; null where the node does not tell. */
  readonly minimumValidityBlocks: number | null;
}

/** One own batch as `GET /stamps` lists it. */
export interface SeenStamp {
  readonly batchId: BatchId;
  readonly depth: Depth;
  readonly amount: Plur;
  /** null where the node does not show it: no decision needs it. */
  readonly immutable: boolean | null;
  readonly usable: boolean;
  readonly utilization: number;
  /** null where the node does not show it. */
  readonly label: string | null;
  /** The block in which the batch was created. */
  readonly blockNumber: number;
  /** null where the node says -1: not known, neither unlimited nor expired (docs/bee.md#ttl). */
  readonly ttlSeconds: number | null;
}

/** A flag that is not shown fits any order: the amount identifies a purchase. */
export const mayBeImmutable = (shown: SeenStamp, immutable: boolean): boolean =>
  shown.immutable === null || shown.immutable === immutable;

/** As `GET /transactions` lists it. */
export interface PendingTransaction {
  readonly hash: string;
  /** Of transactions with one nonce at most one is ever mined. */
  readonly nonce: number;
  /** What it is for, in Bee's words. */
  readonly description: string;
}

/** What is in the node's wallet. */
export interface Wallet {
  readonly bzz: Plur;
  readonly xdai: Wei;
}

/** What one look at a node showed, everything read and well-formed. Fresh or behind is `freshness`'s to say. */
export interface CompleteObservation {
  readonly is: 'complete';
  readonly node: NodeName;
  /** When the look began: nothing in it is older. */
  readonly at: Date;
  /** The same in every answer of the observation that states it (docs/bee.md#identity). */
  readonly address: EthereumAddress;
  /** null where the node does not show it: for people only. */
  readonly version: string | null;
  readonly chain: ChainState;
  readonly stamps: readonly SeenStamp[];
  /** null where the node has none to show (docs/bee.md#wallet): unknown, not zero. */
  readonly wallet: Wallet | null;
  /** Everything that the node lists as pending, whatever it is for. */
  readonly pending: readonly PendingTransaction[];
  /** Of these, the postage transactions that may still be mined. */
  readonly pendingPostage: readonly PendingTransaction[];
  /** Exact balances of the batches asked about, where the node tells them. */
  readonly values: ReadonlyMap<BatchId, Plur>;
}

export type ObservationFault =
  | 'NODE_UNREACHABLE'
  | 'NODE_SYNCING'
  | 'NODE_INVALID_RESPONSE'
  | 'NODE_CHANGED'
  | 'CHAIN_DISABLED';

/** A look that did not show everything: nothing may be decided on it (rule 5). */
interface IncompleteObservation {
  readonly is: 'incomplete';
  readonly node: NodeName;
  readonly at: Date;
  readonly code: ObservationFault;
  /** What could not be read, in words. */
  readonly why: string;
  /** Every address that was stated until then, in the order in which they were read. */
  readonly addresses: readonly EthereumAddress[];
}

export type Observation = CompleteObservation | IncompleteObservation;

/** Normal lag is 4 to 9, up to 11 after a start, plus an estimate's error: docs/bee.md#visibility. */
const MAX_LAG_BLOCKS = 20;

/** Below zero when the node takes an older block for the head than it has read (docs/bee.md#halted-chain). */
export const lagBlocks = (chain: ChainState): number => chain.tip - chain.block;

export type FreshObservation = CompleteObservation & { readonly fresh: true };

export type Freshness =
  | { readonly is: 'fresh'; readonly seen: FreshObservation }
  | { readonly is: 'stale'; readonly code: ObservationFault | 'NODE_BEHIND'; readonly why: string };

/** Rule 5: only what is complete and close to the head of the chain may be decided on. */
export function freshness(seen: Observation): Freshness {
  if (seen.is === 'incomplete') return { is: 'stale', code: seen.code, why: seen.why };
  const lag = lagBlocks(seen.chain);
  if (lag < 0) {
    return {
      is: 'stale',
      code: 'NODE_BEHIND',
      why: `the node has read block ${seen.chain.block} and takes ${seen.chain.tip} for the head of the chain: its estimate is off`,
    };
  }
  if (lag > MAX_LAG_BLOCKS) {
    return {
      is: 'stale',
      code: 'NODE_BEHIND',
      why: `the node is ${lag} blocks behind the chain, more than ${MAX_LAG_BLOCKS}`,
    };
  }
  return { is: 'fresh', seen: { ...seen, fresh: true } };
}
