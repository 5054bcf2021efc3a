import { blocksPerDay } from '../domain/durations.ts';
import type { AbandonedOrder } from '../domain/order.ts';
import type { BatchId } from '../domain/units.ts';
import type { NodeStock } from '../store/store.ts';

/** A pause after abandoned orders, which may have been paid for. */
export interface Cooldown {
  /** How many orders in a row were abandoned. */
  readonly abandoned: number;
  /** The synced block at which the pause ends. */
  readonly untilBlock: number;
}

/** The first pause, after the second abandoned order in a row. Each further order doubles it, up to a day. */
const FIRST_COOLDOWN_BLOCKS = 45;
/** Each purchase in a row that Bee claimed and never showed multiplies the hold by this. */
const HOLD_GROWTH = 7;

interface At {
  readonly block: number;
  readonly blockTimeSeconds: number;
}

/** The pause before the next purchase; null if there is none. Pure. */
export const purchaseCooldown = (stock: NodeStock, at: At): Cooldown | null =>
  cooldownAfter(abandonedPurchases(stock), at);

/** The pause before the next top-up of that stamp; null if there is none. Pure. */
export const topUpCooldown = (stock: NodeStock, batchId: BatchId, at: At): Cooldown | null =>
  cooldownAfter(abandonedTopUps(stock, batchId), at);

/** The purchases that were abandoned since the node last showed one. Pure. */
export const abandonedPurchases = ({ abandonedOrders, lastShown }: NodeStock): readonly AbandonedOrder[] =>
  abandonedOrders.filter((order) => order.kind === 'purchase' && isAfter(order, lastShown.purchaseBlock));

/** The same of the top-ups of that stamp. Pure. */
export const abandonedTopUps = (
  { abandonedOrders, lastShown }: NodeStock,
  batchId: BatchId,
): readonly AbandonedOrder[] =>
  abandonedOrders.filter(
    (order) =>
      order.kind === 'topUp' &&
      order.batchId === batchId &&
      isAfter(order, lastShown.topUps.get(batchId)?.at(-1)?.atBlock ?? null),
  );

/** The pause that ends first; null if there is none. Pure. */
export function nextCooldown(stock: NodeStock, at: At): Cooldown | null {
  const cooldowns = [
    purchaseCooldown(stock, at),
    ...stock.toppedUp.map(({ batchId }) => topUpCooldown(stock, batchId, at)),
  ].flatMap((cooldown) => cooldown ?? []);
  const [first = null] = cooldowns.toSorted((a, b) => a.untilBlock - b.untilBlock);
  return first;
}

/**
 * For how many blocks after Bee's answer a purchase that is not shown holds further ones: a day, a week, seven weeks
 * (docs/decisions/0013-a-201-is-a-claim.md). Pure.
 */
export function purchaseHoldBlocks(stock: NodeStock, blockTimeSeconds: number): number {
  const neverShown = abandonedPurchases(stock).filter(({ claim }) => claim !== null);
  return blocksPerDay(blockTimeSeconds) * HOLD_GROWTH ** neverShown.length;
}

/** An order that was never sent does not count. */
const isAfter = ({ sentAt, endedAtBlock }: AbandonedOrder, shownBlock: number | null): boolean =>
  sentAt !== null && endedAtBlock !== null && endedAtBlock > (shownBlock ?? -1);

/** The pause is a day at once if Bee claimed that one of the orders was mined. */
function cooldownAfter(inARow: readonly AbandonedOrder[], { block, blockTimeSeconds }: At): Cooldown | null {
  if (inARow.length < 2) return null; // a single one may be chance, and has been waited for
  const lastBlock = Math.max(...inARow.map(({ endedAtBlock }) => endedAtBlock ?? 0));
  const dayBlocks = blocksPerDay(blockTimeSeconds);
  const blocks = inARow.some(({ claim }) => claim !== null)
    ? dayBlocks
    : Math.min(dayBlocks, FIRST_COOLDOWN_BLOCKS * 2 ** (inARow.length - 2));
  const untilBlock = lastBlock + blocks;
  return block < untilBlock && block >= lastBlock ? { abandoned: inARow.length, untilBlock } : null;
}
