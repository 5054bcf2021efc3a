// This folder is the port to a Bee node, its HTTP adapter, and what an answer of Bee means for the money.
import type { Reading } from '../domain/observation.ts';
import type { RefusalCode } from '../domain/order.ts';
import type { BatchId, Depth, OrderId, Plur } from '../domain/units.ts';

/**
 * The port to one Bee node, limited to what the pool needs.
 * No answer of a node makes it throw: an exception is a bug. test/contracts/bee.ts tests every adapter.
 */
export interface Bee extends AsyncDisposable {
  /**
   * Reads the node once, and these batches as the chain has them. It stops waiting for a silent node without
   * aborting the request (docs/bee.md#chainstate-abort), and does not send that request again while it is open.
   */
  observe(batchIds: readonly BatchId[]): Promise<Reading>;
  /** Resolves when the transactions are mined, which takes minutes. No time limit: it ends with the connection. */
  buy(request: BuyRequest): Promise<BuyOutcome>;
  /** Resolves when the transactions are mined, like `buy`. */
  topUp(request: TopUpRequest): Promise<TopUpOutcome>;
  /** How many observations, purchases and top-ups have failed since the start, by the endpoint that failed. */
  readonly failures: BeeFailures;
}

/** What is sent to a node, by the names that the Python gateway uses in its metrics. */
export const BEE_ENDPOINTS = [
  'addresses',
  'batches',
  'chainstate',
  'health',
  'purchase',
  'stamps',
  'topup',
  'transactions',
  'wallet',
] as const;

export type BeeFailures = ReadonlyMap<(typeof BEE_ENDPOINTS)[number], number>;

export const NO_FAILURES: BeeFailures = new Map(BEE_ENDPOINTS.map((endpoint) => [endpoint, 0]));

export interface BuyRequest {
  readonly amount: Plur;
  readonly depth: Depth;
  readonly immutable: boolean;
  /** Sent as the label of the batch, a second witness of its order (docs/bee.md#labels). */
  readonly orderId: OrderId;
}

export interface TopUpRequest {
  readonly batchId: BatchId;
  readonly amount: Plur;
}

/** `bought` is what the answer claims. The list of stamps confirms it. */
export type BuyOutcome =
  | { readonly is: 'bought'; readonly batchId: BatchId; readonly txHash: string }
  | Refused
  | Unknown;
export type TopUpOutcome = { readonly is: 'toppedUp'; readonly txHash: string } | Refused | Unknown;

/** Bee refused the request, or never received it. Nothing was spent. */
export interface Refused {
  readonly is: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
}

/** The answer does not show whether money was spent. The order is settled from what the chain shows. */
export interface Unknown {
  readonly is: 'unknown';
  readonly cause: string;
}
