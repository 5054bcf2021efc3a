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
 * The life of a stamp of the pool. What is observed of it (missing, in use) is not a state: see `Observed`.
 *
 * | state       | we know                                     | counts as stock            | moved on by              | after a crash here             |
 * | ----------- | ------------------------------------------- | -------------------------- | ------------------------ | ------------------------------ |
 * | propagating | paid for, the node does not show it usable  | yes, as on order           | settle, an observation   | the next observation settles it |
 * | available   | the node showed it usable                   | yes, while it may be given | acquire; settle (expiry) | still available                |
 * | acquired    | it belongs to a client, for good            | no                         | nobody: final            | still acquired                 |
 * | expired     | its time is over and the node shows it not  | no                         | nobody: final            | still expired                  |
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

/** What an observation of a stamp may find. `missing` still counts as stock, `lost` and `in_use` do not. */
export const OBSERVED_WITHHELD = ['missing', 'lost', 'in_use'] as const;
export type ObservedWithheld = (typeof OBSERVED_WITHHELD)[number];
/** `node_changed`: another node answers in place of the one that owns the stamp, which counts as stock. */
export const WITHHELD = [...OBSERVED_WITHHELD, 'node_changed'] as const;
/** Why a live stamp is not given out just now. `retired`: its node's name has moved to another address; it is no part of the stock. */
export type Withheld = (typeof WITHHELD)[number] | 'retired';

interface Facts {
  readonly batchId: BatchId;
  /** The node that owns it: a batch works on no other node. */
  readonly node: NodeName;
  readonly depth: Depth;
  /** PLUR per chunk, as last observed. */
  readonly amount: Plur;
  readonly immutable: boolean;
  /** What it has cost us so far, purchase and top-ups; for an adopted one what its amount says. */
  readonly cost: Plur;
  readonly origin: 'bought' | 'adopted';
  /** The purchase it came from; null when adopted. */
  readonly orderId: OrderId | null;
  /** When it came into the pool. */
  readonly createdAt: Date;
}

/** What the last complete and fresh observation showed of it. */
interface Observed {
  /** The synced block of the first observation that did not show it, while none has shown it since. */
  readonly missingSinceBlock: number | null;
  readonly withheld: Withheld | null;
  /** The synced block at which it last became `lost`: it is replaced at most once a day. null: never. */
  readonly lastLostAtBlock: number | null;
}

export type PropagatingStamp = Facts & Observed & { readonly state: 'propagating' };

export type AvailableStamp = Facts &
  Observed & {
    readonly state: 'available';
    readonly availableAt: Date;
    /** Reckoned from the last observation; anyone may top up, the price may change, so it may move. */
    readonly expiresAt: Date;
    /** Time to live when it became available. */
    readonly ttlAtCreationSeconds: number;
  };

/** A stamp as it comes into the pool, not yet shown usable. */
export const newStamp = (facts: Facts): PropagatingStamp => ({
  ...facts,
  state: 'propagating',
  missingSinceBlock: null,
  withheld: null,
  lastLostAtBlock: null,
});

export type LiveStamp = PropagatingStamp | AvailableStamp;

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
  /** That its node has changed is kept with the node, so that it never costs a write per stamp. */
  readonly withheld: ObservedWithheld | null;
  readonly lastLostAtBlock: number | null;
  /** The address that owns the stamp, if the name of its node has moved to another one. */
  readonly retiredAddress: EthereumAddress | null;
}

export function newStampRecord(stamp: LiveStamp): StampRecord {
  const { withheld } = stamp;
  return {
    availableAt: null,
    expiresAt: null,
    ttlAtCreationSeconds: null,
    ...stamp,
    withheld: withheld === 'node_changed' || withheld === 'retired' ? null : withheld,
    retiredAddress: null,
  };
}

/** `nodeChanged`: another node answers in place of its own. @throws TypeError if the record lacks what its state requires. */
export function stampOf(record: StampRecord, nodeChanged: boolean): Stamp {
  const { state, availableAt, expiresAt, ttlAtCreationSeconds, retiredAddress, ...rest } = record;
  const { missingSinceBlock, withheld: observed, lastLostAtBlock, ...facts } = rest;
  const withheld = retiredAddress === null ? (observed ?? (nodeChanged ? 'node_changed' : null)) : 'retired';
  switch (state) {
    case 'propagating':
      return { ...facts, state, missingSinceBlock, withheld, lastLostAtBlock };
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

/** Whole seconds until it expires, never negative. */
export const ttlSeconds = (stamp: { readonly expiresAt: Date }, now: Date): number =>
  Math.max(0, Math.floor((stamp.expiresAt.getTime() - now.getTime()) / 1000));

/** Rule 4: shown usable, ours alone, and with at least the promised time to live at this moment. */
export const mayBeAcquired = (
  stamp: LiveStamp,
  promisedTtlSeconds: number,
  now: Date,
): stamp is AvailableStamp =>
  stamp.state === 'available' && stamp.withheld === null && ttlSeconds(stamp, now) >= promisedTtlSeconds;
