import type { Change } from '../domain/change.ts';
import { type NodeRecord, onChain, type SeenOther } from '../domain/node.ts';
import { type Freshness, freshness, type Observation } from '../domain/observation.ts';
import type { EthereumAddress } from '../domain/units.ts';

/**
 * Compares the address that answered, and its chain, with those of the stock. The first complete and fresh observation pins
 * its node; later only the operator changes the pin (docs/operating.md#moving-to-another-node). Pure.
 */
export function verifyIdentity({ observation, record, others, streak, isOnlyNode }: IdentityInput): Identity {
  const { node } = observation;
  const pinned = record?.address ?? null;
  const other = otherIn(observation, record);
  if (other !== null) {
    const { reason, ...seenOther } = other;
    return {
      freshness: changed(reason),
      changes: isRecorded(seenOther, record) ? [] : [{ change: 'nodeChanged', node, ...seenOther }],
      streak: null,
    };
  }
  const conflict = conflictWith(observation, record, others);
  if (conflict !== null) return { freshness: changed(conflict), changes: [], streak: null };
  const seen = freshness(observation);
  if (record?.changed)
    return afterChange({
      freshness: seen,
      record: { ...record, changed: record.changed },
      streak,
      isOnlyNode,
    });
  if (seen.is === 'fresh' && (pinned === null || isChainNew(observation, record))) {
    const { address, chainId } = seen.seen;
    return {
      freshness: isOnlyNode ? seen : PINNED,
      changes: [{ change: 'nodePinned', node, address, chainId }],
      streak: null,
    };
  }
  return { freshness: seen, changes: [], streak: null };
}

/** Why the node that answers is not the one of the record, or not one beside the others; null if it may be. Pure. */
export const whyAnother = ({
  observation,
  record,
  others,
}: Pick<IdentityInput, 'observation' | 'record' | 'others'>): string | null =>
  otherIn(observation, record)?.reason ?? conflictWith(observation, record, others);

export interface IdentityInput {
  readonly observation: Observation;
  /** As it is on disk. */
  readonly record: NodeRecord | undefined;
  /** The other nodes of the settings. */
  readonly others: readonly NodeRecord[];
  readonly streak: Streak | null;
  /** The settings name no other node. */
  readonly isOnlyNode: boolean;
}

/**
 * Two loops may observe one node under two names at the same time, and neither sees the record of the other yet. So the run
 * that pins a node decides nothing: when the next one begins, the earlier of two records is on disk.
 */
const PINNED: Freshness = {
  is: 'stale',
  code: 'NODE_PINNED',
  reason:
    'the address of the node and its chain have been recorded, to be compared with those of the other nodes',
};

/** Observations in a row that showed one node, after another one or several had answered. A restart begins a new one. */
export interface Streak {
  readonly address: EthereumAddress;
  readonly observations: number;
  readonly sinceTip: number;
}

interface Identity {
  /** What decisions may rest on: never on what another node showed (promise 5). */
  readonly freshness: Freshness;
  readonly changes: readonly Change[];
  readonly streak: Streak | null;
}

/** A load balancer may show one node several times in a row: trust takes this many observations over this many blocks. */
const MIN_OBSERVATIONS = 5;
const MIN_BLOCKS = 10;

/** Who answers in place of the owner of the stock, and how that shows; null if none does. */
function otherIn(
  observation: Observation,
  record: NodeRecord | undefined,
): (SeenOther & { readonly reason: string }) | null {
  const pinned = record?.address ?? null;
  const other = otherAddressIn(observation, pinned);
  if (other !== null) return { other, otherChainId: null, reason: describeAddresses(observation, pinned) };
  const [address] = addressesIn(observation);
  const { chainId } = observation;
  const expected = record?.chainId ?? chainId;
  if (address === undefined || chainId === expected || chainId === null) return null;
  const reason = `${address} answers on chain ${chainId}, and the stock is on chain ${expected}`;
  return { other: address, otherChainId: chainId, reason };
}

const isRecorded = ({ other, otherChainId }: SeenOther, record: NodeRecord | undefined): boolean =>
  record?.changed?.other === other && record.changed.otherChainId === otherChainId;

/** The node shows its chain, which no earlier observation did. */
const isChainNew = ({ chainId }: Observation, record: NodeRecord | undefined): boolean =>
  chainId !== null && record?.chainId === null;

/** An address other than the pinned one; while none is pinned, a second one. */
function otherAddressIn(observation: Observation, pinned: EthereumAddress | null): EthereumAddress | null {
  const addresses = addressesIn(observation);
  const expected = pinned ?? addresses[0];
  return addresses.find((address) => address !== expected) ?? null;
}

/**
 * Why the node that answers cannot be in one pool with another one; null if it can. Two names of one node would both spend
 * from its wallet, and clients expect all stamps on one chain. The later of the two nodes does not spend.
 */
function conflictWith(
  observation: Observation,
  record: NodeRecord | undefined,
  others: readonly NodeRecord[],
): string | null {
  const [address] = addressesIn(observation); // the only one: a second one has been found to be another's
  if (address === undefined) return null;
  const chainId = observation.chainId ?? record?.chainId ?? null;
  const pinnedMs = record?.pinnedAt?.getTime() ?? Infinity;
  const isEarlier = ({ name, pinnedAt }: NodeRecord): boolean => {
    const otherMs = pinnedAt?.getTime() ?? Infinity;
    return otherMs < pinnedMs || (otherMs === pinnedMs && name < observation.node);
  };
  const earlier = others.filter((other) => other.address !== null && isEarlier(other));
  const twin = earlier.find((other) => other.address === address);
  if (twin)
    return `${address} answers, which is the node ${twin.name} already: SWARM_BEE_API_URL names one node twice`;
  const elsewhere = earlier.find((other) => ![null, chainId].includes(other.chainId));
  return chainId === null || !elsewhere
    ? null
    : `${address} answers on chain ${chainId}, and the node ${elsewhere.name} is on chain ${elsewhere.chainId}: all nodes of a pool are on one chain`;
}

const addressesIn = (observation: Observation): readonly EthereumAddress[] =>
  observation.is === 'complete' ? [observation.address] : observation.addresses;

function describeAddresses(observation: Observation, pinned: EthereumAddress | null): string {
  const addresses = addressesIn(observation);
  const answering =
    addresses.length > 1
      ? `several nodes answer alternately, ${addresses.join(' and ')}`
      : `${addresses[0]} answers`;
  return pinned === null
    ? `${answering}, and none owns the stock yet`
    : `${answering}, and the stock belongs to ${pinned}`;
}

interface AfterChange {
  readonly freshness: Freshness;
  readonly record: NodeRecord & { readonly changed: NonNullable<NodeRecord['changed']> };
  readonly streak: Streak | null;
  readonly isOnlyNode: boolean;
}

/** An earlier observation showed another node; this one does not. */
function afterChange({ freshness: seen, record, streak, isOnlyNode }: AfterChange): Identity {
  const { name: node, address: pinned } = record;
  const { other, otherChainId } = record.changed;
  const before = `${onChain(other, otherChainId)} answered before`;
  const owner = pinned === null ? '' : `; the stock belongs to ${pinned}`;
  if (seen.is === 'stale')
    return { freshness: changed(`${before}${owner}; now ${seen.reason}`), changes: [], streak: null };
  const { address, chainId, chain } = seen.seen;
  const next: Streak =
    streak?.address === address
      ? { ...streak, observations: streak.observations + 1 }
      : { address, observations: 1, sinceTip: chain.tip };
  const blocks = chain.tip - next.sinceTip;
  if (next.observations >= MIN_OBSERVATIONS && blocks >= MIN_BLOCKS) {
    const change: Change =
      pinned === null ? { change: 'nodePinned', node, address, chainId } : { change: 'nodeReturned', node };
    const mayDecide = isOnlyNode || pinned !== null;
    return { freshness: mayDecide ? seen : PINNED, changes: [change], streak: next }; // kept: the change may fail to be written
  }
  const progress = `${next.observations} of ${MIN_OBSERVATIONS} observations in a row, ${blocks} of ${MIN_BLOCKS} blocks`;
  return {
    freshness: changed(`${before}, now ${address}: it is trusted again after ${progress}${owner}`),
    changes: [],
    streak: next,
  };
}

const changed = (reason: string): Freshness => ({ is: 'stale', code: 'NODE_CHANGED', reason });
