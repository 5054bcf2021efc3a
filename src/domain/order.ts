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
 * The life of an order: one on-chain operation of the pool, on disk before Bee receives it.
 *
 * | state     | what is known                                                                           | counts as stock | changed by                                       | after a crash              |
 * | --------- | --------------------------------------------------------------------------------------- | --------------- | ------------------------------------------------ | -------------------------- |
 * | planned   | the order is on disk, Bee has not received it                                           | yes             | act; settle, if it was not sent                  | abandoned: nothing was sent |
 * | sent      | the request may have left; with a claim, Bee has answered that the order is done        | yes             | Bee's answer; settle, when the node shows it; act, if the request did not leave | unknown; with a claim, sent |
 * | unknown   | the answer leaves it open (500, timeout, reset), or the node does not show what Bee claimed | yes         | settle, by what the node shows; act, if the request did not leave | unknown, settled later     |
 * | confirmed | the node has shown it                                                                   | as its stamp    | final                                            | confirmed                  |
 * | rejected  | Bee refused it, nothing was bought                                                      | no              | final                                            | rejected                   |
 * | abandoned | it did not appear within the wait of docs/bee.md#outcomes, or was never sent            | no              | settle, if it is mined later                     | abandoned                  |
 */
export const ORDER_TRANSITIONS = {
  planned: ['sent', 'abandoned'],
  sent: ['confirmed', 'rejected', 'unknown', 'abandoned'],
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

/** Why Bee refuses an order. `BAD_REQUEST` is permanent: the same request is refused again. The others are temporary. */
export const REFUSAL_CODES = [
  'UNREACHABLE',
  'BUSY',
  'SYNCING',
  'OUT_OF_FUNDS',
  'CHAIN_DISABLED',
  'BAD_REQUEST',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** What a purchase is for: a stamp of the pool, or the canary of its node, which is never in the pool. */
export const PURPOSES = ['reserve', 'canary'] as const;
export type Purpose = (typeof PURPOSES)[number];

interface Purchase {
  readonly kind: 'purchase';
  readonly purpose: Purpose;
  readonly depth: Depth;
  /**
   * PLUR per chunk. It is unique to the order, and the only part of it that is on chain, so it identifies the purchase
   * (docs/bee.md#labels, docs/decisions/0001-amount-is-the-key.md).
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
  /** The balance before: an unknown top-up is settled by comparing with it. */
  readonly before: BatchBalance;
}

/**
 * The balance of a batch, as a node showed it. `value`: see reconciler/batch-value.ts; null if the node showed no time to
 * live. `expiresAt` is informational. Do not compare with it: the wall clock may have changed.
 */
export interface BatchBalance {
  readonly amount: Plur;
  readonly value: Plur | null;
  /** The value derived from the time to live in the node's list, which the plan decides on. */
  readonly listedValue: Plur | null;
  readonly expiresAt: Date;
}

interface Common {
  readonly id: OrderId;
  readonly node: NodeName;
  /** What leaves the wallet: amount times 2^depth. */
  readonly cost: Plur;
  /** Why it was planned, as text. */
  readonly reason: string;
  readonly plannedAt: Date;
  /** The synced block of the node when it was planned. A batch mined up to this block cannot belong to the order. */
  readonly plannedAtBlock: number;
}

/** Bee's answer that an order is done. Only the node's list confirms the order (docs/decisions/0013-a-201-is-a-claim.md). */
export interface Claim {
  /** The batch that the answer names. */
  readonly batchId: BatchId;
  /** null if the claim follows from the balance of the batch, without an answer. */
  readonly txHash: string | null;
  /** The head of the chain when the claim was made; null until the node can be read. */
  readonly atBlock: number | null;
  /** The node should have shown it by now. */
  readonly overdue: boolean;
  /** The batch cannot belong to the order. The claim is kept, because money may have been spent. */
  readonly refuted: boolean;
}

export type OrderRequest = Purchase | TopUp;
export const ORDER_KINDS = ['purchase', 'topUp'] as const satisfies readonly OrderRequest['kind'][];
export type PlannedOrder = Common & OrderRequest & { readonly state: 'planned' };
export type SentOrder = Common &
  OrderRequest & { readonly state: 'sent'; readonly sentAt: Date; readonly claim: Claim | null };
export type UnknownOrder = Common &
  OrderRequest & {
    readonly state: 'unknown';
    readonly sentAt: Date;
    readonly claim: Claim | null;
    /** Why the outcome is unknown. */
    readonly cause: string;
    /** The head of the chain since which no postage transaction of the node is pending; null while one is. */
    readonly noPendingSinceBlock: number | null;
  };
export type AbandonedOrder = Common &
  OrderRequest & {
    readonly state: 'abandoned';
    /** null if it was never sent. */
    readonly sentAt: Date | null;
    readonly claim: Claim | null;
    readonly endedAt: Date;
    /** The synced block of the node when the order was abandoned; null if it was never sent. */
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
    /** null if it was rejected by a version that did not record it. */
    readonly refusal: RefusalCode | null;
  };

/** Counts as stock, and its cost counts as spent. */
export type OpenOrder = PlannedOrder | SentOrder | UnknownOrder;
export const isOpen = (order: Order): order is OpenOrder =>
  OPEN_ORDER_STATES.some((state) => state === order.state);
export type Order = OpenOrder | AbandonedOrder | ConfirmedOrder | RejectedOrder;

/** A purchase whose batch becomes a stamp of the pool. */
export const isForReserve = (order: Order): boolean =>
  order.kind === 'purchase' && order.purpose === 'reserve';

/** A claim that may still be confirmed. */
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
    readonly refusal: RefusalCode | null;
    readonly noPendingSinceBlock: number | null;
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
  refusal: null,
  noPendingSinceBlock: null,
  endedAt: null,
  endedAtBlock: null,
  boughtBatchId: null,
  txHash: null,
  retiredAddress: null,
});

/** @throws TypeError if the record lacks what its state requires. */
export function orderOf(record: OrderRecord): Order {
  const { state, sentAt, claim, cause, noPendingSinceBlock, endedAt, endedAtBlock, ...rest } = record;
  const { boughtBatchId, txHash, refusal, retiredAddress: _, ...order } = rest;
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
        noPendingSinceBlock,
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
        refusal,
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
