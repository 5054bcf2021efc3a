import type { Change } from '../domain/change.ts';
import type { NodeRecord } from '../domain/node.ts';
import { type Freshness, freshness, type Observation } from '../domain/observation.ts';
import type { EthereumAddress } from '../domain/units.ts';

/** A balancer may show one node for some observations in a row: trust needs this many, spread over this many blocks. */
const MIN_OBSERVATIONS = 5;
const MIN_BLOCKS = 10;

/** Observations in a row that showed one node only, after several or another one had answered. */
export interface Streak {
  readonly address: EthereumAddress;
  readonly observations: number;
  readonly sinceTip: number;
}

export interface IdentityInput {
  readonly observation: Observation;
  /** As it is on disk. */
  readonly record: NodeRecord | undefined;
  /** Not on disk: after a restart it begins anew. */
  readonly streak: Streak | null;
}

export interface Verified {
  /** What may be decided on: nothing that another node showed (rule 5). */
  readonly seen: Freshness;
  readonly changes: readonly Change[];
  readonly streak: Streak | null;
}

/**
 * Compares who answered with who owns the stock. The first complete and fresh observation pins its node; from then on only
 * the operator moves the pin (docs/operating.md#moving-to-another-node). Pure.
 */
export function verifyIdentity({ observation, record, streak }: IdentityInput): Verified {
  const { node } = observation;
  const pinned = record?.address ?? null;
  const other = strangerIn(observation, pinned);
  if (other !== null) {
    const known = record?.changed?.other === other;
    return {
      seen: changed(whoAnswers(observation, pinned)),
      changes: known ? [] : [{ change: 'nodeChanged', node, other }],
      streak: null,
    };
  }
  const seen = freshness(observation);
  if (record?.changed) return afterChange({ seen, record: { ...record, changed: record.changed }, streak });
  if (seen.is === 'fresh' && pinned === null) {
    return { seen, changes: [{ change: 'nodePinned', node, address: seen.seen.address }], streak: null };
  }
  return { seen, changes: [], streak: null };
}

/** An address that is not the one of the stock; while there is none, a second one. */
function strangerIn(observation: Observation, pinned: EthereumAddress | null): EthereumAddress | null {
  const addresses = addressesIn(observation);
  const expected = pinned ?? addresses[0];
  return addresses.find((address) => address !== expected) ?? null;
}

const addressesIn = (observation: Observation): readonly EthereumAddress[] =>
  observation.is === 'complete' ? [observation.address] : observation.addresses;

function whoAnswers(observation: Observation, pinned: EthereumAddress | null): string {
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
  readonly seen: Freshness;
  readonly record: NodeRecord & { readonly changed: NonNullable<NodeRecord['changed']> };
  readonly streak: Streak | null;
}

/** Another node answered before, and this observation shows none. */
function afterChange({ seen, record, streak }: AfterChange): Verified {
  const { name: node, address: pinned } = record;
  const before = `${record.changed.other} answered before`;
  const owner = pinned === null ? '' : `; the stock belongs to ${pinned}`;
  if (seen.is === 'stale')
    return { seen: changed(`${before}${owner}; now ${seen.why}`), changes: [], streak: null };
  const { address, chain } = seen.seen;
  const next: Streak =
    streak?.address === address
      ? { ...streak, observations: streak.observations + 1 }
      : { address, observations: 1, sinceTip: chain.tip };
  const blocks = chain.tip - next.sinceTip;
  if (next.observations >= MIN_OBSERVATIONS && blocks >= MIN_BLOCKS) {
    const change: Change =
      pinned === null ? { change: 'nodePinned', node, address } : { change: 'nodeReturned', node };
    return { seen, changes: [change], streak: null };
  }
  const progress = `${next.observations} of ${MIN_OBSERVATIONS} observations in a row, ${blocks} of ${MIN_BLOCKS} blocks`;
  return {
    seen: changed(`${before}, now ${address}: it is trusted again after ${progress}${owner}`),
    changes: [],
    streak: next,
  };
}

const changed = (why: string): Freshness => ({ is: 'stale', code: 'NODE_CHANGED', why });
