import type { Action, HoldCode } from '../domain/action.ts';
import type { ChainState, FreshObservation } from '../domain/observation.ts';
import { claimOf, type OpenOrder } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { type BatchId, formatBzz, formatXdai, type Plur } from '../domain/units.ts';
import type { NodeStock } from '../store/store.ts';
import { LISTED_WITHIN_BLOCKS } from './settle-claim.ts';
import { purchaseWait, topUpWait, type Wait } from './waits.ts';

/** Why a need may not be met now. */
interface Held {
  readonly code: HoldCode;
  readonly reason: string;
}

/** null: it may be paid for. */
export type Gate = (need: Extract<Action, { do: 'buy' | 'topUp' }>) => Held | null;

/** What a gate looks at. */
export interface GateKnowledge {
  readonly seen: FreshObservation;
  readonly stock: NodeStock;
  readonly spentLastDay: Plur;
  readonly limit: Plur;
  readonly sending: boolean;
  readonly backOff: { readonly until: Date; readonly why: string } | null;
  readonly policy: Policy;
}

const LIMIT_NAME = 'STAMP_POOL_MAX_SPEND_BZZ_PER_DAY';

/** Rule 6: everything that may stand between a need and the wallet, what the operator set first. Pure. */
export function openGate(known: GateKnowledge): Gate {
  return (need) =>
    limitsOf(known, need.cost) ??
    walletOf(known, need.cost) ??
    traffic(known) ??
    (need.do === 'buy' ? purchaseInVain(known) : topUpInVain(known, need.batchId));
}

function limitsOf({ seen, policy, spentLastDay, limit }: GateKnowledge, cost: Plur): Held | null {
  const { price } = seen.chain;
  if (policy.maxPrice !== null && price > policy.maxPrice) {
    return {
      code: 'PRICE_TOO_HIGH',
      reason: `the price is ${price} PLUR, above STAMP_POOL_MAX_PRICE_PLUR=${policy.maxPrice}`,
    };
  }
  if (policy.maxOrder !== null && cost > policy.maxOrder) {
    return {
      code: 'ORDER_ABOVE_LIMIT',
      reason: `it costs ${formatBzz(cost)}, above STAMP_POOL_MAX_ORDER_BZZ=${formatBzz(policy.maxOrder)}`,
    };
  }
  if (spentLastDay + cost > limit) {
    const origin = policy.maxSpendPerDay === null ? `the default of ${LIMIT_NAME}` : LIMIT_NAME;
    return {
      code: 'BUDGET',
      reason: `it costs ${formatBzz(cost)} on top of ${formatBzz(spentLastDay)} in the last 24 hours, above ${formatBzz(limit)} (${origin})`,
    };
  }
  return null;
}

/** A wallet that the node does not tell of is unknown, not empty: then Bee itself says no. */
function walletOf({ seen: { wallet }, policy }: GateKnowledge, cost: Plur): Held | null {
  if (wallet === null) return null;
  if (wallet.bzz - cost < policy.walletFloorBzz) {
    return {
      code: 'WALLET_BZZ',
      reason: `it costs ${formatBzz(cost)}, the wallet has ${formatBzz(wallet.bzz)} and keeps ${formatBzz(policy.walletFloorBzz)}`,
    };
  }
  if (wallet.xdai < policy.walletFloorXdai || wallet.xdai === 0n) {
    return {
      code: 'WALLET_XDAI',
      reason: `the wallet has ${formatXdai(wallet.xdai)} for gas, below ${formatXdai(policy.walletFloorXdai)}`,
    };
  }
  return null;
}

/** One on-chain operation at a time per node (docs/bee.md#semaphore). */
function traffic({ seen, stock, sending, backOff }: GateKnowledge): Held | null {
  const open = stock.openOrders.find((order) => claimOf(order) === null);
  if (open !== undefined)
    return {
      code: 'BUSY',
      reason: `the ${open.kind === 'purchase' ? 'purchase' : 'top-up'} ${open.id} is ${open.state}`,
    };
  if (sending) return { code: 'BUSY', reason: 'the answer to a request is still awaited' };
  const [pending] = seen.pendingPostage;
  if (pending !== undefined)
    return {
      code: 'TRANSACTION_PENDING',
      reason: `the node waits for its transaction "${pending.description}"`,
    };
  if (backOff !== null) {
    return { code: 'BACKING_OFF', reason: `tried again at ${backOff.until.toISOString()}: ${backOff.why}` };
  }
  return null;
}

/** Money for purchases that do not appear is spent once, and again only after a wait that grows. */
function purchaseInVain({ seen: { chain }, stock, policy }: GateKnowledge): Held | null {
  const open = stock.openOrders.find((order) => order.kind === 'purchase');
  if (open !== undefined) {
    return isNotShown(open, chain)
      ? { code: 'PURCHASE_NOT_SHOWN', reason: `the node does not show the purchase ${open.id}` }
      : { code: 'BUSY', reason: `the purchase ${open.id} is made, and the node does not list it yet` };
  }
  const wait = purchaseWait(stock, { block: chain.block, blockTimeSeconds: policy.blockTimeSeconds });
  return wait && { code: 'PURCHASE_ABANDONED', reason: inARow(wait) };
}

/** Other top-ups of that stamp that are open are no need to begin with. */
function topUpInVain({ seen: { chain }, stock, policy }: GateKnowledge, batchId: BatchId): Held | null {
  const at = { block: chain.block, blockTimeSeconds: policy.blockTimeSeconds };
  const wait = topUpWait(stock, batchId, at);
  return wait && { code: 'TOP_UP_ABANDONED', reason: inARow(wait) };
}

const inARow = ({ givenUp, untilBlock }: Wait): string =>
  `${givenUp} in a row were given up, the next one may leave at block ${untilBlock}`;

/** Bee has said that it is done, and the node should have shown it by now. */
export function isNotShown(order: OpenOrder, { block }: ChainState): boolean {
  const claim = claimOf(order);
  return claim !== null && claim.atBlock !== null && block - claim.atBlock >= LISTED_WITHIN_BLOCKS;
}
