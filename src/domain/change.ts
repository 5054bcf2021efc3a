import type { DueIncident } from './due-incident.ts';
import type { LogLine } from './log-event.ts';
import { onChain, type SeenOther } from './node.ts';
import type { PlannedOrder, RefusalCode } from './order.ts';
import type { LiveStamp, ObservedWithheld } from './stamp.ts';
import {
  type BatchId,
  type Depth,
  type EthereumAddress,
  type NodeName,
  type OrderId,
  type Plur,
  unreachable,
} from './units.ts';

/**
 * Everything that may happen to what is on disk, except an acquisition. Changes are facts that were decided elsewhere.
 * apply-change.ts says what each of them does, and when it is legal; a store writes a list of them in one transaction.
 */
export type Change =
  /** This address on this chain owns the stock of the node from now on. What is on record already stays. */
  | {
      readonly change: 'nodePinned';
      readonly node: NodeName;
      readonly address: EthereumAddress;
      /** null if the node does not show it. */
      readonly chainId: number | null;
    }
  /** Another node answers under the name of this one. None of its stamps is given out until `nodeReturned`. */
  | ({ readonly change: 'nodeChanged'; readonly node: NodeName } & SeenOther)
  | { readonly change: 'nodeReturned'; readonly node: NodeName }
  /** The node was completely observed. Written at most once a minute, more or less. */
  | { readonly change: 'nodeObserved'; readonly node: NodeName; readonly observedAt: Date }
  /** What counts as the last observation of the node is not before `since`: no node was observed for long, or this one is settled next. */
  | { readonly change: 'nodeAwaited'; readonly node: NodeName; readonly since: Date }
  /**
   * The operator moves the name to an address. Stamps and orders of another address are retired if they have not ended; those of
   * this address return. What returns was observed long ago: `observedAt` then is so old that it is withheld until the node is observed.
   */
  | {
      readonly change: 'nodeMoved';
      readonly node: NodeName;
      readonly address: EthereumAddress;
      readonly observedAt: Date | null;
    }
  /** The operator gives the node up. Stamps and orders that have not ended are retired; the name has no address any more. */
  | { readonly change: 'nodeRetired'; readonly node: NodeName }
  | { readonly change: 'orderPlanned'; readonly order: PlannedOrder }
  | { readonly change: 'orderSent'; readonly id: OrderId }
  | { readonly change: 'orderUnknown'; readonly id: OrderId; readonly cause: string }
  /** Bee has answered that the order is done. That is a claim. It may come after the order became unknown or was abandoned. */
  | {
      readonly change: 'orderAnswered';
      readonly id: OrderId;
      readonly batchId: BatchId;
      readonly txHash: string | null;
      /** null if the node cannot be read at the moment. */
      readonly atBlock: number | null;
    }
  /** The claimed batch cannot belong to this order. The claim no longer counts, and the outcome is unknown. */
  | { readonly change: 'orderClaimRefuted'; readonly id: OrderId; readonly cause: string }
  /** The node should have shown the claimed batch by now. The outcome is unknown, and the claim stays. */
  | { readonly change: 'orderOverdue'; readonly id: OrderId; readonly cause: string }
  /** Since this block no postage transaction of the node is pending; null if one is. */
  | { readonly change: 'orderQuiet'; readonly id: OrderId; readonly noPendingSinceBlock: number | null }
  | {
      readonly change: 'orderConfirmed';
      readonly id: OrderId;
      readonly batchId: BatchId;
      readonly txHash: string | null;
      /** The synced block of the node when it showed the batch. */
      readonly atBlock: number;
    }
  | {
      readonly change: 'orderRejected';
      readonly id: OrderId;
      readonly cause: string;
      readonly refusal: RefusalCode;
    }
  | {
      readonly change: 'orderAbandoned';
      readonly id: OrderId;
      readonly cause: string;
      /** The synced block of the node; null if the order was never sent. */
      readonly atBlock: number | null;
    }
  /** The request of an order that is on disk as sent did not leave this process, and never will. */
  | { readonly change: 'orderNotSent'; readonly id: OrderId; readonly cause: string }
  /** The node lists these transactions as pending although they are superseded. Replaces the earlier list (docs/bee.md#transactions). */
  | { readonly change: 'transactionsSuperseded'; readonly node: NodeName; readonly hashes: readonly string[] }
  /** An incident that follows from the changes beside it. It replaces one of the same code and subject. */
  | { readonly change: 'incidentDue'; readonly node: NodeName; readonly incident: DueIncident }
  /** It has been reported. Does nothing if it is not due. */
  | {
      readonly change: 'incidentReported';
      readonly node: NodeName;
      readonly incident: Pick<DueIncident, 'code' | 'subject'>;
    }
  /** Does nothing if the batch is or was in the pool. */
  | { readonly change: 'stampAdded'; readonly stamp: LiveStamp }
  | {
      readonly change: 'stampSeen';
      readonly batchId: BatchId;
      readonly depth: Depth;
      readonly amount: Plur;
      readonly immutable: boolean;
      /** null if the node showed no time to live: the earlier value stays. */
      readonly expiresAt: Date | null;
      readonly withheld: ObservedWithheld | null;
    }
  /** The node has shown the stamp as usable for the first time. */
  | {
      readonly change: 'stampAvailable';
      readonly batchId: BatchId;
      readonly expiresAt: Date;
      readonly ttlAtCreationSeconds: number;
    }
  | {
      readonly change: 'stampMissing';
      readonly batchId: BatchId;
      readonly sinceBlock: number;
      readonly withheld: ObservedWithheld | null;
      /** null if it stays as it was. */
      readonly lastLostAtBlock: number | null;
    }
  /**
   * The wall clock was set by this much. Expiries, and when nodes were observed, move with it, so that no duration changes.
   * Only where the database has one process: see ExpiryClock.
   */
  | { readonly change: 'clockSet'; readonly byMs: number }
  /** A top-up by the pool was confirmed, and adds to the cost of the stamp. */
  | { readonly change: 'stampPaidFor'; readonly batchId: BatchId; readonly cost: Plur }
  | { readonly change: 'stampExpired'; readonly batchId: BatchId };

/** Whether it fills a need of the pool: what other nodes have decided meanwhile may have rested on the need. */
export const isAllocation = (change: Change): boolean =>
  change.change === 'orderPlanned' || (change.change === 'stampAdded' && change.stamp.origin === 'adopted');

export type NodeChange = Extract<Change, { change: `node${string}` }>;
/** A change of a node that also concerns the stamps and orders that it holds. */
export type HeldChange = Extract<NodeChange, { change: 'nodeMoved' | 'nodeRetired' }>;
export type OrderChange = Extract<Change, { change: `order${string}` }>;
export type StampChange = Extract<Change, { change: `stamp${string}` }>;

export const isNodeChange = (change: Change): change is NodeChange => change.change.startsWith('node');
export const isHeldChange = (change: Change): change is HeldChange =>
  change.change === 'nodeMoved' || change.change === 'nodeRetired';
export const isOrderChange = (change: Change): change is OrderChange => change.change.startsWith('order');
export const isStampChange = (change: Change): change is StampChange => change.change.startsWith('stamp');

/** The order that the change concerns. */
export const orderIdOf = (change: OrderChange): OrderId =>
  change.change === 'orderPlanned' ? change.order.id : change.id;

/** The stamp that the change concerns. */
export const batchIdOf = (change: StampChange): BatchId =>
  change.change === 'stampAdded' ? change.stamp.batchId : change.batchId;

/** The log line about what happened to money, a stamp or a node; null if the change is not logged. */
export function lineOfChange(change: Change): LogLine | null {
  switch (change.change) {
    case 'orderAnswered': {
      const { id: orderId, batchId, txHash } = change;
      const transaction = txHash === null ? '' : `, transaction ${txHash}`;
      const message = `Bee answered order ${orderId}: batch ${batchId}${transaction}; the order is confirmed when the node shows it`;
      return { fields: { event: 'answered', orderId, batchId, txHash }, message };
    }
    case 'orderConfirmed': {
      const { id: orderId, batchId, txHash } = change;
      const by = txHash === null ? 'by what the node shows' : `by transaction ${txHash}`;
      const message = `order ${orderId} is confirmed ${by}: batch ${batchId}`;
      return { fields: { event: 'confirmed', orderId, batchId, txHash }, message };
    }
    case 'orderRejected':
      return orderEnded('rejected', change);
    case 'orderUnknown':
      return orderEnded('unknown', change);
    case 'orderAbandoned':
    case 'orderNotSent':
      return orderEnded('abandoned', change);
    case 'stampAvailable': {
      const { batchId, expiresAt } = change;
      const message = `batch ${batchId} is available, and expires at ${expiresAt.toISOString()}`;
      return { fields: { event: 'available', batchId, expiresAt }, message };
    }
    case 'transactionsSuperseded': {
      const message = `no longer waiting for ${change.hashes.join(', ')}: another transaction with the same nonce was mined`;
      return { fields: { event: change.change, node: change.node }, message };
    }
    case 'nodePinned':
      return ofNode(change, `is recorded: its stock belongs to ${onChain(change.address, change.chainId)}`);
    case 'nodeChanged':
      return ofNode(
        change,
        `has another node in its place: ${onChain(change.other, change.otherChainId)}; its stamps are withheld`,
      );
    case 'nodeReturned':
      return ofNode(change, 'answers again: its stamps are available again');
    case 'nodeObserved':
    case 'nodeAwaited':
    case 'nodeMoved':
    case 'nodeRetired':
    case 'orderPlanned':
    case 'orderSent':
    case 'orderClaimRefuted':
    case 'orderOverdue':
    case 'orderQuiet':
    case 'incidentDue':
    case 'incidentReported':
    case 'stampAdded':
    case 'stampSeen':
    case 'stampMissing':
    case 'stampPaidFor':
    case 'stampExpired':
    case 'clockSet':
      return null;
    default:
      return unreachable(change);
  }
}

const orderEnded = (
  event: 'rejected' | 'unknown' | 'abandoned',
  { id: orderId, cause: reason }: { readonly id: OrderId; readonly cause: string },
): LogLine => ({ fields: { event, orderId, reason }, message: `order ${orderId} is ${event}: ${reason}` });

const ofNode = (
  { change: event, node }: Extract<NodeChange, { change: 'nodePinned' | 'nodeChanged' | 'nodeReturned' }>,
  message: string,
): LogLine => ({ fields: { event, node }, message: `node ${node} ${message}` });
