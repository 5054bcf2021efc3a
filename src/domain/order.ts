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
 * The life of an order: one on-chain operation of ours, on disk before Bee hears of it.
 *
 * | state     | we know                                    | counts as stock | moved on by                   | after a crash here            |
 * | --------- | ------------------------------------------ | --------------- | ----------------------------- | ----------------------------- |
 * | planned   | on disk, Bee has not heard of it           | yes             | act; settle, if it was not sent | abandoned: nothing was sent |
 * | sent      | the request may have left; with a claim, Bee says that it is done | yes | Bee's answer; settle, when the node shows it | unknown; with a claim, sent |
 * | unknown   | no answer that tells (500, timeout, reset), or a claim that the node does not show | yes | settle, from what Bee shows | unknown: settled all the same |
 * | confirmed | the node has shown it                      | as its stamp    | nobody: final                 | confirmed                     |
 * | rejected  | Bee said no, nothing was bought            | no              | nobody: final                 | rejected                      |
 * | abandoned | waited for as long as docs/bee.md#outcomes says, in vain | no | settle, if it is mined hours later | abandoned             |
 */
export const ORDER_TRANSITIONS = {
  planned: ['sent', 'abandoned'],
  sent: ['confirmed', 'rejected', 'unknown'],
  unknown: ['confirmed', 'abandoned'],
  abandoned: ['confirmed'],
  confirmed: [],
  rejected: [],
} as const satisfies Record<string, readonly string[]>;

export type OrderState = keyof typeof ORDER_TRANSITIONS;
export const ORDER_STATES = [
  'planned',
  'sent',
  'unknown',
  'confirmed',
  'rejected',
  'abandoned',
] as const satisfies readonly OrderState[];

export const OPEN_ORDER_STATES = ['planned', 'sent', 'unknown'] as const satisfies readonly OrderState[];

interface Purchase {
  readonly kind: 'purchase';
  readonly depth: Depth;
  /**
   * PLUR per chunk, and the key of the purchase: unique to the order, and the only thing of it that survives
   * on chain (docs/bee.md#labels, docs/decisions/0001-amount-is-the-key.md).
   */
  readonly amount: Plur;
  readonly immutable: boolean;
}

interface TopUp {
  readonly kind: 'topUp';
  readonly batchId: BatchId;
  readonly depth: Depth;
  /** PLUR per chunk, unique to the order. */
  readonly amount: Plur;
  /** What was there before: an unknown top-up is settled by comparing with it. */
  readonly before: BatchBalance;
}

/**
 * What a node showed of a batch's balance. `value`: see reconciler/batch-value.ts; null when the node told no time to
 * live. `expiresAt` is for who reads the record: a clock that is set later makes it useless to compare with.
 */
export interface BatchBalance {
  readonly amount: Plur;
  readonly value: Plur | null;
  /** The same, derived from the time to live in the node's list: what the plan decides on. */
  readonly listedValue: Plur | null;
  readonly expiresAt: Date;
}

interface Common {
  readonly id: OrderId;
  readonly node: NodeName;
  /** What leaves the wallet: amount times 2^depth. */
  readonly cost: Plur;
  /** Why it was planned, in words. */
  readonly reason: string;
  readonly plannedAt: Date;
  /** The node's synced block when it was planned. A batch mined at or before it was known then, so is not this order's. */
  readonly plannedAtBlock: number;
}

/**
 * Bee has answered that an order is mined. The order is confirmed only when the node's list shows it
 * (docs/decisions/0013-a-201-is-a-claim.md).
 */
export interface Claim {
  /** The batch that the answer names. */
  readonly batchId: BatchId;
  /** null: concluded from the batch's balance, without an answer. */
  readonly txHash: string | null;
  /** The chain's tip when the claim was made; null until the node could be read since. */
  readonly atBlock: number | null;
  /** The node should have shown it by now. */
  readonly overdue: boolean;
  /** The batch cannot be the order's. The claim is kept, because money was spent for it perhaps. */
  readonly refuted: boolean;
}

interface Unanswered {
  readonly sentAt: Date;
  readonly claim: Claim | null;
  /** Why it is not known what became of it. */
  readonly cause: string;
  /** The chain's tip since when no postage transaction is pending; null while one is. */
  readonly quietSinceBlock: number | null;
}

export type OrderRequest = Purchase | TopUp;
export type PlannedOrder = Common & OrderRequest & { readonly state: 'planned' };
export type SentOrder = Common &
  OrderRequest & { readonly state: 'sent'; readonly sentAt: Date; readonly claim: Claim | null };
export type UnknownOrder = Common & OrderRequest & { readonly state: 'unknown' } & Unanswered;
export type AbandonedOrder = Common &
  OrderRequest & {
    readonly state: 'abandoned';
    /** null: it was never sent. */
    readonly sentAt: Date | null;
    readonly claim: Claim | null;
    readonly endedAt: Date;
    /** The node's synced block when it was given up; null when it was never sent. */
    readonly endedAtBlock: number | null;
    readonly cause: string;
  };
type ConfirmedOrder = Common &
  OrderRequest & {
    readonly state: 'confirmed';
    readonly sentAt: Date | null;
    readonly endedAt: Date;
    readonly batchId: BatchId;
    readonly txHash: string | null;
  };
type RejectedOrder = Common &
  OrderRequest & {
    readonly state: 'rejected';
    readonly sentAt: Date;
    readonly endedAt: Date;
    readonly cause: string;
  };

/** Counted as stock; its money is spent as far as limits are concerned. */
export type OpenOrder = PlannedOrder | SentOrder | UnknownOrder;
export const isOpen = (order: Order): order is OpenOrder =>
  OPEN_ORDER_STATES.some((state) => state === order.state);
export type Order = OpenOrder | AbandonedOrder | ConfirmedOrder | RejectedOrder;

/** A claim that may still prove true. */
export const claimOf = (order: OpenOrder): Claim | null =>
  order.state === 'planned' || order.claim?.refuted ? null : order.claim;

/**
 * An order as a store keeps it. What has happened to it stays on record in every later state, for audits.
 * `applyToOrder` in apply-change.ts changes it; `orderOf` is how everything else reads it.
 */
export type OrderRecord = Common &
  OrderRequest & {
    readonly state: OrderState;
    readonly sentAt: Date | null;
    readonly claim: Claim | null;
    readonly cause: string | null;
    readonly quietSinceBlock: number | null;
    readonly endedAt: Date | null;
    readonly endedAtBlock: number | null;
    /** The batch that a purchase bought. */
    readonly boughtBatchId: BatchId | null;
    readonly txHash: string | null;
    /** The address that the order was made with, if the name of its node has moved to another one. */
    readonly retiredAddress: EthereumAddress | null;
  };

export const newOrderRecord = (order: PlannedOrder): OrderRecord => ({
  ...order,
  sentAt: null,
  claim: null,
  cause: null,
  quietSinceBlock: null,
  endedAt: null,
  endedAtBlock: null,
  boughtBatchId: null,
  txHash: null,
  retiredAddress: null,
});

/** @throws TypeError if the record lacks what its state requires. */
export function orderOf(record: OrderRecord): Order {
  const { state, sentAt, claim, cause, quietSinceBlock, endedAt, endedAtBlock, ...rest } = record;
  const { boughtBatchId, txHash, retiredAddress: _, ...order } = rest;
  switch (state) {
    case 'planned':
      return { ...order, state };
    case 'sent':
      return { ...order, state, sentAt: required(sentAt, 'sentAt'), claim };
    case 'unknown':
      return {
        ...order,
        state,
        sentAt: required(sentAt, 'sentAt'),
        claim,
        cause: required(cause, 'cause'),
        quietSinceBlock,
      };
    case 'confirmed': {
      const batchId = order.kind === 'topUp' ? order.batchId : required(boughtBatchId, 'boughtBatchId');
      return { ...order, state, sentAt, endedAt: required(endedAt, 'endedAt'), batchId, txHash };
    }
    case 'rejected':
      return {
        ...order,
        state,
        sentAt: required(sentAt, 'sentAt'),
        endedAt: required(endedAt, 'endedAt'),
        cause: required(cause, 'cause'),
      };
    case 'abandoned':
      return {
        ...order,
        state,
        sentAt,
        claim,
        endedAt: required(endedAt, 'endedAt'),
        endedAtBlock,
        cause: required(cause, 'cause'),
      };
    default:
      return unreachable(state);
  }
}
