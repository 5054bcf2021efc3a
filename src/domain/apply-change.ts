import type { HeldChange, NodeChange, OrderChange, StampChange } from './change.ts';
import type { NodeRecord } from './node.ts';
import { type Claim, newOrderRecord, ORDER_TRANSITIONS, type OrderRecord, type OrderState } from './order.ts';
import {
  isLiveState,
  newStampRecord,
  STAMP_TRANSITIONS,
  type StampRecord,
  type StampState,
} from './stamp.ts';
import { type NodeName, parseEthereumAddress, plur, unreachable } from './units.ts';

// Which changes are legal, and what they do: the life tables of orders and stamps, as functions. An adapter of the store
// loads the records that a change concerns, and saves what comes out. A record that comes out as it went in is unchanged.

/** A change that the life table does not allow: a bug, and nothing is written. */
export class IllegalTransitionError extends Error {
  override readonly name = 'IllegalTransitionError';
}

/** The order after the change. @throws IllegalTransitionError */
export function applyToOrder(order: OrderRecord | undefined, change: OrderChange, at: Date): OrderRecord {
  if (change.change === 'orderPlanned') {
    if (order) throw new IllegalTransitionError(`order ${order.id} is planned a second time`);
    return newOrderRecord(change.order);
  }
  if (!order) throw new IllegalTransitionError(`${change.change}: order ${change.id} is not on record`);
  switch (change.change) {
    case 'orderSent':
      return { ...order, state: next(order, 'sent', change), sentAt: at };
    case 'orderUnknown':
      return { ...order, state: next(order, 'unknown', change), cause: change.cause };
    case 'orderAnswered': {
      assertState(order, ['sent', 'unknown', 'abandoned'], change);
      const { batchId, txHash, atBlock } = change;
      return {
        ...order,
        claim: { overdue: false, refuted: false, ...order.claim, batchId, txHash, atBlock },
      };
    }
    case 'orderClaimRefuted':
      return withoutAnswer(order, change, { overdue: false, refuted: true });
    case 'orderOverdue':
      return withoutAnswer(order, change, { overdue: true });
    case 'orderQuiet':
      assertState(order, ['unknown'], change);
      return { ...order, noPendingSinceBlock: change.noPendingSinceBlock };
    case 'orderConfirmed': {
      const { batchId, txHash, atBlock } = change;
      const state = next(order, 'confirmed', change);
      if (order.kind === 'topUp' && order.batchId !== batchId)
        throw new IllegalTransitionError(`order ${order.id} tops up ${order.batchId}, not ${batchId}`);
      const boughtBatchId = order.kind === 'purchase' ? batchId : null;
      return { ...order, state, endedAt: at, endedAtBlock: atBlock, boughtBatchId, txHash };
    }
    case 'orderRejected': {
      const { cause, refusal } = change;
      return { ...order, state: next(order, 'rejected', change), endedAt: at, cause, refusal };
    }
    case 'orderNotSent':
      assertState(order, ['sent', 'unknown'], change);
      if (order.claim !== null) throw illegal(order, change); // Bee has answered it
      return {
        ...order,
        state: next(order, 'abandoned', change),
        sentAt: null,
        endedAt: at,
        endedAtBlock: null,
        cause: change.cause,
      };
    case 'orderAbandoned': {
      assertState(order, ['planned', 'unknown'], change);
      const { cause, atBlock } = change;
      return { ...order, state: next(order, 'abandoned', change), endedAt: at, endedAtBlock: atBlock, cause };
    }
    default:
      return unreachable(change);
  }
}

/**
 * The stamp after the change; undefined if it is not on record. A stamp that has ended or is retired stays as it is: a
 * client may have acquired it since the change was decided.
 */
export function applyToStamp(
  stamp: StampRecord | undefined,
  change: StampChange,
  at: Date,
): StampRecord | undefined {
  if (!stamp) return change.change === 'stampAdded' ? newStampRecord(change.stamp) : undefined;
  if (!isLiveState(stamp.state) || stamp.retiredAddress !== null) return stamp;
  switch (change.change) {
    case 'stampAdded':
      return stamp;
    case 'stampSeen': {
      const { depth, amount, immutable, withheld } = change;
      const expiresAt = change.expiresAt ?? stamp.expiresAt;
      return { ...stamp, depth, amount, immutable, expiresAt, withheld, missingSinceBlock: null };
    }
    case 'stampAvailable': {
      if (stamp.state !== 'propagating') return stamp;
      const { expiresAt, ttlAtCreationSeconds } = change;
      return { ...stamp, state: 'available', availableAt: at, expiresAt, ttlAtCreationSeconds };
    }
    case 'stampMissing': {
      const missingSinceBlock = stamp.missingSinceBlock ?? change.sinceBlock;
      const lastLostAtBlock = change.lastLostAtBlock ?? stamp.lastLostAtBlock;
      return { ...stamp, missingSinceBlock, withheld: change.withheld, lastLostAtBlock };
    }
    case 'stampPaidFor':
      return { ...stamp, cost: plur(stamp.cost + change.cost) };
    case 'stampExpired':
      return { ...stamp, state: 'expired' };
    default:
      return unreachable(change);
  }
}

/** The stamp after a client has acquired it. @throws IllegalTransitionError if it may not be given out. */
export function acquireStamp(stamp: StampRecord): StampRecord {
  if (stamp.state === 'available' && stamp.withheld === null && stamp.retiredAddress === null)
    return { ...stamp, state: 'acquired' };
  throw new IllegalTransitionError(`stamp ${stamp.batchId} may not be given out: it is ${stamp.state}`);
}

/** The node after the change; undefined if nothing is on record of it, before and after. */
export function applyToNode(
  node: NodeRecord | undefined,
  change: NodeChange,
  at: Date,
): NodeRecord | undefined {
  const { node: name } = change;
  switch (change.change) {
    case 'nodePinned':
      if (node && node.address !== null) return withChain(node, change); // only the operator moves a node
      return {
        ...newNode(name),
        address: change.address,
        chainId: node?.chainId ?? change.chainId,
        pinnedAt: at,
      };
    case 'nodeChanged': {
      const since = node?.changed?.since ?? at;
      const { other, otherChainId } = change;
      return { ...(node ?? newNode(name)), changed: { other, otherChainId, since } };
    }
    case 'nodeReturned':
      return node && { ...node, changed: null };
    case 'nodeObserved':
      return node && { ...node, observedAt: change.observedAt };
    case 'nodeAwaited':
      if (!node?.observedAt || node.observedAt >= change.since) return node; // it was observed meanwhile
      return { ...node, observedAt: change.since };
    case 'nodeMoved':
      if (node?.address === change.address)
        return { ...node, observedAt: change.observedAt ?? node.observedAt };
      return {
        ...newNode(name),
        address: change.address,
        chainId: node?.chainId ?? null,
        pinnedAt: at,
        observedAt: change.observedAt,
      };
    case 'nodeRetired':
      return node && { ...newNode(name), chainId: node.chainId }; // what is retired stays on its chain
    default:
      return unreachable(change);
  }
}

const newNode = (name: NodeName): NodeRecord => ({
  name,
  address: null,
  pinnedAt: null,
  chainId: null,
  changed: null,
  observedAt: null,
});

/** The chain is recorded once, when the node shows it. */
const withChain = (
  node: NodeRecord,
  { address, chainId }: Extract<NodeChange, { change: 'nodePinned' }>,
): NodeRecord =>
  node.address === address && node.chainId === null && chainId !== null ? { ...node, chainId } : node;

/** The node after the wall clock was set: when it was last observed is no longer ago. */
export const moveObservation = (node: NodeRecord, byMs: number): NodeRecord =>
  node.observedAt === null ? node : { ...node, observedAt: new Date(node.observedAt.getTime() + byMs) };

/**
 * A stamp or an order of a node whose name is moved to an address or retired, with the node before that. What has not ended
 * stays with the address that owns it, and is part of the stock again when the name moves back there.
 */
export function applyToHeld<Held extends OrderRecord | StampRecord>(
  held: Held,
  change: HeldChange,
  before: NodeRecord | undefined,
): Held {
  const from = before?.address ?? null;
  const mayBeRetired = held.retiredAddress === null && !isFinal(held.state);
  if (change.change === 'nodeRetired')
    return mayBeRetired ? { ...held, retiredAddress: from ?? UNKNOWN_OWNER } : held;
  if (held.retiredAddress === change.address) return { ...held, retiredAddress: null };
  return mayBeRetired && from !== null && from !== change.address ? { ...held, retiredAddress: from } : held;
}

/** The owner of retired stock whose node was never observed. */
const UNKNOWN_OWNER = parseEthereumAddress(`0x${'0'.repeat(40)}`);

const isFinal = (state: OrderState | StampState): boolean => FINAL_STATES.has(state);

const FINAL_STATES: ReadonlySet<string> = new Set(
  Object.entries({ ...ORDER_TRANSITIONS, ...STAMP_TRANSITIONS }).flatMap(([state, after]) =>
    after.length === 0 ? state : [],
  ),
);

type LaterOrderChange = Exclude<OrderChange, { change: 'orderPlanned' }>;

/** `state`, if the life table has that step. */
function next(order: OrderRecord, state: OrderState, change: LaterOrderChange): OrderState {
  if (ORDER_TRANSITIONS[order.state].some((after) => after === state)) return state;
  throw illegal(order, change);
}

function assertState(order: OrderRecord, states: readonly OrderState[], change: LaterOrderChange): void {
  if (!states.includes(order.state)) throw illegal(order, change);
}

const illegal = ({ id, state }: OrderRecord, { change }: LaterOrderChange): IllegalTransitionError =>
  new IllegalTransitionError(`${change} is not allowed for order ${id}, which is ${state}`);

/** What was claimed does not show: the outcome is unknown. Also of an order that was unknown already. */
function withoutAnswer(
  order: OrderRecord,
  change: Extract<OrderChange, { change: 'orderClaimRefuted' | 'orderOverdue' }>,
  judged: Partial<Pick<Claim, 'overdue' | 'refuted'>>,
): OrderRecord {
  assertState(order, ['sent', 'unknown'], change);
  if (order.claim === null || order.claim.refuted) throw illegal(order, change);
  return { ...order, state: 'unknown', cause: change.cause, claim: { ...order.claim, ...judged } };
}
