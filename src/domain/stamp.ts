import type { NodeWithheld } from './node.ts';
import {
  type BatchId,
  type Depth,
  type EthereumAddress,
  type NodeName,
  type OrderId,
  type Plur,
  required,
  unreachable,
} from './units.ts';

/**
 * The life of a stamp of the pool. That it is missing or in use is an observation, not a state: see `Observed`.
 *
 * | state       | what is known                                              | counts as stock             | changed by                              | after a crash                   |
 * | ----------- | ---------------------------------------------------------- | --------------------------- | --------------------------------------- | ------------------------------- |
 * | propagating | it is paid for, the node does not show it as usable yet    | yes, as on order            | settle, when the node shows it, or when it expires | the next observation settles it |
 * | available   | the node has shown it as usable                            | yes, while it can be given out | an acquisition; settle, when it expires | available                     |
 * | acquired    | it belongs to a client, permanently                        | no                          | final                                   | acquired                        |
 * | expired     | its time to live is over and the node does not show it     | no                          | final                                   | expired                         |
 */
export const STAMP_TRANSITIONS = {
  propagating: ['available', 'expired'],
  available: ['acquired', 'expired'],
  acquired: [],
  expired: [],
} as const satisfies Record<string, readonly string[]>;

export type StampState = keyof typeof STAMP_TRANSITIONS;
export const STAMP_STATES = [
  'propagating',
  'available',
  'acquired',
  'expired',
] as const satisfies readonly StampState[];
export const LIVE_STAMP_STATES = ['propagating', 'available'] as const satisfies readonly StampState[];
export const isLiveState = (state: StampState): state is (typeof LIVE_STAMP_STATES)[number] =>
  state === 'propagating' || state === 'available';

/** What an observation may find. `missing` still counts as stock, `lost` and `in_use` do not. */
export const OBSERVED_WITHHELD = ['missing', 'lost', 'in_use'] as const;
export type ObservedWithheld = (typeof OBSERVED_WITHHELD)[number];
/**
 * `node_changed`: another node answers in place of the owner. `node_away`: the owner was not completely observed for long. Both
 * count as stock; `node_lost`, after twice as long, does not.
 */
export const WITHHELD = [
  ...OBSERVED_WITHHELD,
  'node_changed',
  'node_away',
  'node_lost',
] as const satisfies readonly (ObservedWithheld | NodeWithheld)[];
/** Why a live stamp is not given out. `retired`: the name of its node has moved to another address; it is not part of the stock. */
export type Withheld = (typeof WITHHELD)[number] | 'retired';

export const ORIGINS = ['bought', 'adopted'] as const;

interface Facts {
  readonly batchId: BatchId;
  /** The node that owns it: a batch works on no other node. */
  readonly node: NodeName;
  readonly depth: Depth;
  /** PLUR per chunk, as last observed. */
  readonly amount: Plur;
  readonly immutable: boolean;
  /** The cost so far, purchase and top-ups. For an adopted stamp, its amount times 2^depth. */
  readonly cost: Plur;
  readonly origin: (typeof ORIGINS)[number];
  /** The purchase that it came from; null if it was adopted. */
  readonly orderId: OrderId | null;
  /** When it entered the pool. */
  readonly createdAt: Date;
}

/** What the last complete and fresh observation showed. */
interface Observed {
  /** The synced block of the first observation that did not show it; null if the last one did. */
  readonly missingSinceBlock: number | null;
  readonly withheld: Withheld | null;
  /** The synced block at which it last became `lost`; null if never. A stamp is replaced at most once a day. */
  readonly lastLostAtBlock: number | null;
}

export type PropagatingStamp = Facts &
  Observed & {
    readonly state: 'propagating';
    /** As of an available stamp; null until the node has shown a time to live. */
    readonly expiresAt: Date | null;
  };

export type AvailableStamp = Facts &
  Observed & {
    readonly state: 'available';
    readonly availableAt: Date;
    /** Derived from the last observation. It changes with the price and with top-ups, which anyone may pay. */
    readonly expiresAt: Date;
    /** Time to live when it became available. */
    readonly ttlAtCreationSeconds: number;
  };

/** A stamp that enters the pool, not yet shown as usable. */
export const newStamp = (facts: Facts): PropagatingStamp => ({
  ...facts,
  state: 'propagating',
  expiresAt: null,
  missingSinceBlock: null,
  withheld: null,
  lastLostAtBlock: null,
});

export type LiveStamp = PropagatingStamp | AvailableStamp;

/** A live stamp whose time to live is over. */
export type OverdueStamp = LiveStamp & { readonly expiresAt: Date };

type EndedStamp = Facts & {
  readonly state: 'acquired' | 'expired';
  readonly expiresAt: Date | null;
  readonly ttlAtCreationSeconds: number | null;
};

export type Stamp = LiveStamp | EndedStamp;

/**
 * A stamp as a store keeps it. What has happened to it stays on record in every later state.
 * `applyToStamp` in apply-change.ts changes it; `stampOf` is how everything else reads it.
 */
export interface StampRecord extends Facts {
  readonly state: StampState;
  readonly availableAt: Date | null;
  readonly expiresAt: Date | null;
  readonly ttlAtCreationSeconds: number | null;
  readonly missingSinceBlock: number | null;
  /** What concerns its whole node is kept with the node, so that it never costs a write per stamp. */
  readonly withheld: ObservedWithheld | null;
  readonly lastLostAtBlock: number | null;
  /** The address that owns the stamp, if the name of its node has moved to another one. */
  readonly retiredAddress: EthereumAddress | null;
}

export function newStampRecord(stamp: LiveStamp): StampRecord {
  const { withheld } = stamp;
  return {
    availableAt: null,
    ttlAtCreationSeconds: null,
    ...stamp,
    withheld: isObserved(withheld) ? withheld : null,
    retiredAddress: null,
  };
}

/** `ofNode`: why all stamps of its node are withheld. @throws TypeError if the record lacks what its state requires. */
export function stampOf(record: StampRecord, ofNode: NodeWithheld | null): Stamp {
  const { batchId, node, depth, amount, immutable, cost, origin, orderId, createdAt } = record;
  const facts = { batchId, node, depth, amount, immutable, cost, origin, orderId, createdAt }; // "...rest" takes ten times as long
  const { state, availableAt, expiresAt, ttlAtCreationSeconds, missingSinceBlock, lastLostAtBlock } = record;
  const withheld = record.retiredAddress === null ? withheldAs(record.withheld, ofNode) : 'retired';
  switch (state) {
    case 'propagating':
      return { ...facts, state, expiresAt, missingSinceBlock, withheld, lastLostAtBlock };
    case 'available':
      return {
        ...facts,
        state,
        availableAt: required(availableAt, 'availableAt'),
        expiresAt: required(expiresAt, 'expiresAt'),
        ttlAtCreationSeconds: required(ttlAtCreationSeconds, 'ttlAtCreationSeconds'),
        missingSinceBlock,
        withheld,
        lastLostAtBlock,
      };
    case 'acquired':
    case 'expired':
      return { ...facts, state, expiresAt, ttlAtCreationSeconds };
    default:
      return unreachable(state);
  }
}

/**
 * Why a stamp that is not retired is withheld. What was observed of the stamp itself says more than what concerns its whole
 * node; but a missing stamp of a lost node does not count as stock either.
 */
export const withheldAs = (
  observed: ObservedWithheld | null,
  ofNode: NodeWithheld | null,
): Exclude<Withheld, 'retired'> | null =>
  observed === 'missing' && ofNode === 'node_lost' ? ofNode : (observed ?? ofNode);

/** Whether an observation of the stamp itself is the reason. */
export const isObserved = (withheld: Withheld | null): withheld is ObservedWithheld =>
  OBSERVED_WITHHELD.some((reason) => reason === withheld);

/** Whole seconds until it expires, never negative. */
export const ttlSeconds = (stamp: { readonly expiresAt: Date }, now: Date): number =>
  Math.max(0, Math.floor((stamp.expiresAt.getTime() - now.getTime()) / 1000));

/** That an expired stamp is missing is expected, and so is that a new one is missing for a few blocks. */
export function isReported(stamp: LiveStamp, reason: ObservedWithheld, now: Date): boolean {
  if (reason === 'in_use') return true;
  if (stamp.state === 'propagating' && reason !== 'lost') return false;
  return stamp.expiresAt === null || stamp.expiresAt > now;
}
