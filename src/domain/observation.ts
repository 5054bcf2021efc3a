import type { BatchId, Depth, EthereumAddress, NodeName, Plur, Wei } from './units.ts';

/** What `GET /chainstate` shows. */
export interface ChainState {
  /** The head of the chain as the node knows it; may be an estimate (docs/bee.md#versions). */
  readonly tip: number;
  /** The last block whose events the node has applied. */
  readonly block: number;
  /** PLUR per chunk and block; 0 while no price event is known. */
  readonly price: Plur;
  /** PLUR per chunk that a batch would have paid from the first block of the contract up to `block`. */
  readonly totalAmount: Plur;
  /** Amounts must exceed the price times this; null if the node does not show it. */
  readonly minimumValidityBlocks: number | null;
}

/** One batch of the node, as `GET /stamps` lists it. */
export interface SeenStamp {
  readonly batchId: BatchId;
  readonly depth: Depth;
  readonly amount: Plur;
  /** null if the node does not show it: no decision needs it. */
  readonly immutable: boolean | null;
  readonly usable: boolean;
  readonly utilization: number;
  /** null if the node does not show it. */
  readonly label: string | null;
  /** The block in which the batch was created. */
  readonly blockNumber: number;
  /** null if the node shows -1: unknown, neither unlimited nor expired (docs/bee.md#ttl). */
  readonly ttlSeconds: number | null;
}

/** The list of a node. */
export interface SeenStamps extends Iterable<SeenStamp> {
  readonly size: number;
  get(batchId: BatchId): SeenStamp | undefined;
  /** Its place in the list, from 0; undefined if it is not in the list. */
  placeOf(batchId: BatchId): number | undefined;
  /** Those at a place where `marks` has no 1. */
  unmarked(marks: Uint8Array): Iterable<SeenStamp>;
}

/** A flag that is not shown matches any order: the amount identifies a purchase. */
export const mayBeImmutable = (shown: SeenStamp, immutable: boolean): boolean =>
  shown.immutable === null || shown.immutable === immutable;

/** As `GET /transactions` lists it. */
export interface PendingTransaction {
  readonly hash: string;
  /** Of transactions with one nonce at most one is ever mined. */
  readonly nonce: number;
  /** The purpose, as Bee describes it. */
  readonly description: string;
}

/** The balances of the node's wallet. */
export interface Wallet {
  readonly bzz: Plur;
  readonly xdai: Wei;
}

/** What a node has answered, with everything read and well-formed. */
export interface CompleteReading {
  readonly is: 'complete';
  readonly node: NodeName;
  /** The same in every answer of the observation that states it (docs/bee.md#identity). */
  readonly address: EthereumAddress;
  /** The chain of its wallet; null if the node does not show it. */
  readonly chainId: number | null;
  /** null if the node does not show it: for display only. */
  readonly version: string | null;
  readonly chain: ChainState;
  readonly stamps: SeenStamps;
  /** null if the node shows none (docs/bee.md#wallet): unknown, not zero. */
  readonly wallet: Wallet | null;
  /** All transactions that the node lists as pending, for any purpose. */
  readonly pending: readonly PendingTransaction[];
  /** Of these, the postage transactions that may still be mined. */
  readonly pendingPostage: readonly PendingTransaction[];
  /** The batches that were requested; null if the node does not show the batch, or does not offer the route. */
  readonly batches: ReadonlyMap<BatchId, SeenBatch | null>;
}

/** A batch as the chain has it: the list of the node can be out of date (docs/bee.md#stale-fields). */
export interface SeenBatch {
  /** The exact balance. */
  readonly value: Plur;
  /** What a top-up costs depends on it. */
  readonly depth: Depth;
}

export type ObservationFault =
  | 'NODE_UNREACHABLE'
  | 'NODE_SYNCING'
  | 'NODE_INVALID_RESPONSE'
  | 'NODE_CHANGED'
  | 'CHAIN_DISABLED';

/** Something could not be read: nothing is decided on it (promise 5). */
interface IncompleteReading {
  readonly is: 'incomplete';
  readonly node: NodeName;
  readonly code: ObservationFault;
  /** What could not be read, and why. */
  readonly reason: string;
  /** Every address that an answer stated until then, in the order of reading. */
  readonly addresses: readonly EthereumAddress[];
  /** null if no answer stated it until then. */
  readonly chainId: number | null;
}

export type Reading = CompleteReading | IncompleteReading;

interface Timed {
  /** When the observation began, in the time of the expiries: nothing in it is older. */
  readonly at: Date;
}

/** `freshness` decides whether it is recent enough. */
export type CompleteObservation = CompleteReading & Timed;

/** A reading of a node, and when it began. */
export type Observation = Reading & Timed;

/** Normal lag is 4 to 9, up to 11 after a start, plus an estimate's error: docs/bee.md#visibility. */
const MAX_LAG_BLOCKS = 20;

/** Negative if the node takes an older block for the head than it has read (docs/bee.md#halted-chain). */
export const lagBlocks = (chain: ChainState): number => chain.tip - chain.block;

export type FreshObservation = CompleteObservation & { readonly fresh: true };

export type Freshness<Code = ObservationFault | 'NODE_BEHIND' | 'NODE_PINNED' | 'OBSERVATION_OLD'> =
  | { readonly is: 'fresh'; readonly seen: FreshObservation }
  | {
      readonly is: 'stale';
      readonly code: Code;
      readonly reason: string;
    };

/** Promise 5: only a complete observation close to the head of the chain is decided on. */
export function freshness(seen: Observation): Freshness<ObservationFault | 'NODE_BEHIND'> {
  if (seen.is === 'incomplete') return { is: 'stale', code: seen.code, reason: seen.reason };
  const lag = lagBlocks(seen.chain);
  if (lag < 0) {
    return {
      is: 'stale',
      code: 'NODE_BEHIND',
      reason: `the node has read block ${seen.chain.block} and reports ${seen.chain.tip} as the head of the chain: its estimate is wrong`,
    };
  }
  if (lag > MAX_LAG_BLOCKS) {
    return {
      is: 'stale',
      code: 'NODE_BEHIND',
      reason: `the node is ${lag} blocks behind the chain, more than ${MAX_LAG_BLOCKS}`,
    };
  }
  return { is: 'fresh', seen: { ...seen, fresh: true } };
}
