import type { Observation } from '../domain/observation.ts';
import type { BatchId, Depth, OrderId, Plur } from '../domain/units.ts';

export interface BuyRequest {
  readonly amount: Plur;
  readonly depth: Depth;
  readonly immutable: boolean;
  /** Goes along as the batch's label: a second witness of whose it is, never the first (docs/bee.md#labels). */
  readonly orderId: OrderId;
}

export interface TopUpRequest {
  readonly batchId: BatchId;
  readonly amount: Plur;
}

/** `BAD_REQUEST` will be refused again however often it is asked; the others pass. */
export type RefusalCode =
  | 'UNREACHABLE'
  | 'BUSY'
  | 'SYNCING'
  | 'OUT_OF_FUNDS'
  | 'CHAIN_DISABLED'
  | 'BAD_REQUEST';

/** Bee said no, or never heard of it, and nothing was spent. */
export interface Refused {
  readonly is: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
}

/** No answer that tells. Not a failure but a debt: it must be settled from what the chain shows. */
export interface Unknown {
  readonly is: 'unknown';
  readonly cause: string;
}

export type BuyOutcome =
  | { readonly is: 'bought'; readonly batchId: BatchId; readonly txHash: string }
  | Refused
  | Unknown;
export type TopUpOutcome = { readonly is: 'toppedUp'; readonly txHash: string } | Refused | Unknown;

/**
 * The port to one Bee node: only what the pool needs. Nothing here throws for what a node may answer; an exception
 * is a bug. One suite holds every adapter to it: test/contracts/bee.ts.
 */
export interface Bee extends AsyncDisposable {
  /**
   * One look at everything. `valuesOf`: batches whose exact balance is wanted. It stops waiting for a node that is
   * silent, but aborts no request (docs/bee.md#chainstate-abort): the node is not asked again until it has answered.
   */
  observe(valuesOf: readonly BatchId[]): Promise<Observation>;
  /** Answers when mined: minutes. There is no time limit but the socket's own death. */
  buy(request: BuyRequest): Promise<BuyOutcome>;
  /** Answers when mined: minutes. */
  topUp(request: TopUpRequest): Promise<TopUpOutcome>;
}
