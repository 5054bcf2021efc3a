import type { Action, HoldCode } from '../domain/action.ts';
import type { ChainState, FreshObservation } from '../domain/observation.ts';
import { type AbandonedOrder, type Claim, claimOf, type OpenOrder, type Order } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { type BatchId, formatBzz, formatXdai, type OrderId, type Plur, plur } from '../domain/units.ts';
import type { NodeStock } from '../store/store.ts';
import {
  abandonedPurchases,
  abandonedTopUps,
  type Cooldown,
  purchaseCooldown,
  topUpCooldown,
} from './cooldown.ts';
import type { PoolView } from './plan-input.ts';
import { LISTED_WITHIN_BLOCKS } from './settle-claim.ts';

/** What blocks a purchase or a top-up; null if it may be made (promise 6). The operator's limits come first. Pure. */
export const blockedBy = (
  action: Extract<Action, { do: 'buy' | 'topUp' }>,
  input: SpendingInput,
): Blocked | null =>
  limitReached(action.cost, input) ??
  walletTooLow(action.cost, input) ??
  inFlightReason(input) ??
  (action.do === 'buy' ? purchaseBlocked(input) : topUpBlocked(action.batchId, input));

/** What blocks any purchase now, whatever it costs; null if nothing does. Pure. */
export const purchasesBlocked = (
  input: Omit<SpendingInput, 'limit' | 'policy'>,
  policy: Policy,
): Blocked | null =>
  priceTooHigh(input.seen, policy) ?? inFlightReason(input) ?? purchaseBlocked({ ...input, policy });

interface Blocked {
  readonly code: HoldCode;
  readonly reason: string;
}

export interface SpendingInput {
  readonly seen: FreshObservation;
  readonly stock: NodeStock;
  readonly pool: Pick<PoolView, 'spentLastDay'>;
  readonly takenOver: ReadonlySet<OrderId>;
  /** The daily limit. */
  readonly limit: Plur;
  readonly sending: boolean;
  readonly backOff: { readonly until: Date; readonly reason: string } | null;
  readonly policy: Policy;
}

const LIMIT_NAME = 'STAMP_POOL_MAX_SPEND_BZZ_PER_DAY';

function priceTooHigh({ chain: { price } }: FreshObservation, { maxPrice }: Policy): Blocked | null {
  if (maxPrice === null || price <= maxPrice) return null;
  return {
    code: 'PRICE_TOO_HIGH',
    reason: `the price is ${price} PLUR, above STAMP_POOL_MAX_PRICE_PLUR=${maxPrice}`,
  };
}

/** A limit of the operator that holds for the pool as a whole. */
export function limitReached(cost: Plur, { seen, policy, pool, limit }: SpendingInput): Blocked | null {
  const tooHigh = priceTooHigh(seen, policy);
  if (tooHigh) return tooHigh;
  const { spentLastDay } = pool;
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

/** If the node does not show its wallet, the balance is unknown, not zero: then Bee itself refuses. */
function walletTooLow(cost: Plur, input: SpendingInput): Blocked | null {
  const { seen, policy, stock } = input;
  const { wallet } = seen;
  if (wallet === null) return null;
  const unsettled = stock.openOrders
    .filter((order) => isLeftOver(order, input)) // the wallet may still have to pay for it
    .reduce((sum, order) => sum + order.cost, 0n);
  if (wallet.bzz - unsettled - cost < policy.walletFloorBzz) {
    const also =
      unsettled === 0n ? '' : `, may still pay ${formatBzz(plur(unsettled))} for what is not settled,`;
    return {
      code: 'WALLET_BZZ',
      reason: `it costs ${formatBzz(cost)}, the wallet has ${formatBzz(wallet.bzz)}${also} and keeps ${formatBzz(policy.walletFloorBzz)}`,
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

/**
 * An earlier holder of the lease has sent the order, and what the node shows settles it, as after a crash. It counts as
 * stock, so other needs do not wait for it: what is pending in the node still blocks, and Bee refuses what it cannot do. But
 * the order is only given up after some quiet blocks without purchases, so it blocks again when it is old. An order that Bee
 * has answered blocks as always: if the node never shows it, nothing more is bought.
 */
const isLeftOver = (
  order: OpenOrder,
  { takenOver, seen: { chain } }: Pick<SpendingInput, 'takenOver' | 'seen'>,
): boolean =>
  order.state !== 'planned' &&
  claimOf(order) === null &&
  takenOver.has(order.id) &&
  chain.block - order.plannedAtBlock < MAX_LEFT_OVER_BLOCKS;

/** Ten minutes. A purchase that was sent is usually shown within one. */
const MAX_LEFT_OVER_BLOCKS = 120;

/** One on-chain operation at a time per node (docs/bee.md#semaphore). */
function inFlightReason(input: Omit<SpendingInput, 'pool' | 'limit' | 'policy'>): Blocked | null {
  const { seen, stock, sending, backOff } = input;
  const open = stock.openOrders.find((order) => claimOf(order) === null && !isLeftOver(order, input));
  if (open !== undefined)
    return {
      code: 'BUSY',
      reason: `the ${nameOf(open)} is ${open.state}`,
    };
  if (sending)
    return { code: 'BUSY', reason: 'Bee had not answered the last request when the node was observed' };
  const [pending] = seen.pendingPostage;
  if (pending !== undefined)
    return {
      code: 'TRANSACTION_PENDING',
      reason: `the node waits for its transaction "${pending.description}"`,
    };
  if (backOff !== null) {
    return { code: 'BACKING_OFF', reason: `retried at ${backOff.until.toISOString()}: ${backOff.reason}` };
  }
  return null;
}

/** A purchase that does not appear may have been paid for. The next one waits, longer each time. */
function purchaseBlocked(
  input: Pick<SpendingInput, 'seen' | 'stock' | 'takenOver' | 'policy'>,
): Blocked | null {
  const {
    seen: { chain },
    stock,
    policy,
  } = input;
  const open = stock.openOrders.find((order) => order.kind === 'purchase' && !isLeftOver(order, input));
  if (open !== undefined) {
    return isNotShown(open, chain)
      ? { code: 'PURCHASE_NOT_SHOWN', reason: `the node does not show the purchase ${open.id}` }
      : { code: 'BUSY', reason: `the purchase ${open.id} is mined, and the node does not list it yet` };
  }
  const late = mayBeMinedLate(abandonedPurchases(stock), { stock, chain });
  if (late !== null) return late;
  const cooldown = purchaseCooldown(stock, {
    block: chain.block,
    blockTimeSeconds: policy.blockTimeSeconds,
  });
  return cooldown && { code: 'PURCHASE_ABANDONED', reason: describeCooldown(cooldown) };
}

/** A stamp with an open top-up is no candidate, so only abandoned ones count here. */
function topUpBlocked(batchId: BatchId, { seen: { chain }, stock, policy }: SpendingInput): Blocked | null {
  const late = mayBeMinedLate(abandonedTopUps(stock, batchId), { stock, chain });
  if (late !== null) return late;
  const at = { block: chain.block, blockTimeSeconds: policy.blockTimeSeconds };
  const cooldown = topUpCooldown(stock, batchId, at);
  return cooldown && { code: 'TOP_UP_ABANDONED', reason: describeCooldown(cooldown) };
}

/**
 * An abandoned order may be mined, and not listed yet: Bee has answered it after all, or an order that was sent later. Nonces
 * are used in order, so a transaction that the node does not know of is mined before those that it sent later.
 */
function mayBeMinedLate(
  abandoned: readonly AbandonedOrder[],
  { stock, chain }: { readonly stock: NodeStock; readonly chain: ChainState },
): Blocked | null {
  const late = abandoned.find(({ claim }) => claim?.refuted === false && isListable(claim, chain));
  const later = stock.openOrders.find((order) => isListable(claimOf(order), chain));
  const [first] = abandoned;
  const [order, because] = late ? [late, ''] : later && first ? [first, ` before ${later.id}`] : [];
  if (order === undefined) return null;
  return {
    code: 'BUSY',
    reason: `the ${nameOf(order)} was abandoned and may be mined${because}, and the node does not list it yet`,
  };
}

/** What Bee has answered may be mined, and not listed yet. */
const isListable = (claim: Claim | null, { block }: ChainState): boolean =>
  claim !== null && claim.atBlock !== null && block - claim.atBlock < LISTED_WITHIN_BLOCKS;

const nameOf = ({ kind, id }: Order): string => `${kind === 'purchase' ? 'purchase' : 'top-up'} ${id}`;

const describeCooldown = ({ abandoned, untilBlock }: Cooldown): string =>
  `${abandoned} in a row were abandoned; the next one is sent at block ${untilBlock} or later`;

/** Bee answered that the order is mined, and the node should have shown it by now. */
export function isNotShown(order: OpenOrder, { block }: ChainState): boolean {
  const claim = claimOf(order);
  return claim !== null && claim.atBlock !== null && block - claim.atBlock >= LISTED_WITHIN_BLOCKS;
}
