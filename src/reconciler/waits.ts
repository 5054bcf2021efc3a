import type { AbandonedOrder } from '../domain/order.ts';
import type { BatchId } from '../domain/units.ts';
import type { NodeStock } from '../store/store.ts';

const DAY_SECONDS = 86_400;
/** Each purchase in a row that Bee answered and never showed holds the next ones so many times longer. */
const HOLD_GROWTH = 7;
/** After the second order in a row that was given up; doubled with each further one, up to a day. A day where Bee has confirmed one. */
const FIRST_WAIT_BLOCKS = 45;

export const blocksPerDay = (blockTimeSeconds: number): number => Math.ceil(DAY_SECONDS / blockTimeSeconds);

/**
 * For how many blocks after Bee's answer a purchase that is not shown holds further ones: a day, a week, seven weeks
 * (docs/decisions/0013-a-201-is-a-claim.md). Pure.
 */
export function purchaseHoldBlocks(
  { abandonedOrders, lastShown }: NodeStock,
  blockTimeSeconds: number,
): number {
  const inVain = abandonedOrders.filter(
    (order) => order.kind === 'purchase' && order.claim !== null && isAfter(order, lastShown.purchaseBlock),
  );
  return blocksPerDay(blockTimeSeconds) * HOLD_GROWTH ** inVain.length;
}

/** A wait after orders that were given up, and may have been paid for. */
export interface Wait {
  /** How many in a row. */
  readonly givenUp: number;
  /** The synced block at which the wait is over. */
  readonly untilBlock: number;
}

interface At {
  readonly block: number;
  readonly blockTimeSeconds: number;
}

/** What the next purchase waits for; null: nothing. Pure. */
export const purchaseWait = ({ abandonedOrders, lastShown }: NodeStock, at: At): Wait | null =>
  waitAfter(
    abandonedOrders.filter((order) => order.kind === 'purchase' && isAfter(order, lastShown.purchaseBlock)),
    at,
  );

/** What the next top-up of that stamp waits for; null: nothing. Pure. */
export const topUpWait = ({ abandonedOrders, lastShown }: NodeStock, batchId: BatchId, at: At): Wait | null =>
  waitAfter(
    abandonedOrders.filter(
      (order) =>
        order.kind === 'topUp' &&
        order.batchId === batchId &&
        isAfter(order, lastShown.topUpBlocks.get(batchId) ?? null),
    ),
    at,
  );

/** The wait that is over first; null: there is none. Pure. */
export function nextWait(stock: NodeStock, at: At): Wait | null {
  const waits = [
    purchaseWait(stock, at),
    ...stock.stamps.map(({ batchId }) => topUpWait(stock, batchId, at)),
  ].flatMap((wait) => wait ?? []);
  const [first = null] = waits.toSorted((a, b) => a.untilBlock - b.untilBlock);
  return first;
}

/** An order that was never sent is none that was given up. */
const isAfter = ({ sentAt, endedAtBlock }: AbandonedOrder, shownBlock: number | null): boolean =>
  sentAt !== null && endedAtBlock !== null && endedAtBlock > (shownBlock ?? -1);

function waitAfter(inARow: readonly AbandonedOrder[], { block, blockTimeSeconds }: At): Wait | null {
  if (inARow.length < 2) return null; // the first may be chance, and was waited for already
  const lastBlock = Math.max(...inARow.map(({ endedAtBlock }) => endedAtBlock ?? 0));
  const dayBlocks = blocksPerDay(blockTimeSeconds);
  const waitBlocks = inARow.some(({ claim }) => claim !== null)
    ? dayBlocks
    : Math.min(dayBlocks, FIRST_WAIT_BLOCKS * 2 ** (inARow.length - 2));
  const untilBlock = lastBlock + waitBlocks;
  return block < untilBlock && block >= lastBlock ? { givenUp: inARow.length, untilBlock } : null;
}
