import { blocksPerDay } from '../domain/durations.ts';
import type { ChainState } from '../domain/observation.ts';
import type { AbandonedOrder, Claim, SentOrder, UnknownOrder } from '../domain/order.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { purchaseHoldBlocks } from './cooldown.ts';
import { NOTHING_SETTLED, type SettleInput, type Settlement } from './settlement.ts';

/** An order that Bee answered is mined, and that the node has not shown. */
export type Claimed = (SentOrder | UnknownOrder) & { readonly claim: Claim };

/** A batch is listed at most 8 blocks after it was mined, and Bee trusts it after 10 more (docs/bee.md#visibility). */
export const LISTED_WITHIN_BLOCKS = 15;
/** A stamp lives for hours without its top-up, and only that stamp waits. */
const TOP_UP_OVERDUE_BLOCKS = 120;

/**
 * The node does not show what Bee claimed. After a while the claim is overdue, and the order holds further payments for the
 * same. It is abandoned much later than an order without a claim. Pure.
 */
export function awaitClaim(order: Claimed, input: SettleInput): Settlement {
  const { chain } = input.seen;
  const { id, kind } = order;
  const { batchId, atBlock, overdue } = order.claim;
  if (atBlock === null || atBlock > chain.tip) return dated(order, chain);
  const blocks = chain.block - atBlock;
  if (blocks < (kind === 'purchase' ? LISTED_WITHIN_BLOCKS : TOP_UP_OVERDUE_BLOCKS)) return NOTHING_SETTLED;
  const cause = `Bee answered that batch ${batchId} was ${kind === 'purchase' ? 'bought' : 'topped up'}, and the node has not shown it since block ${atBlock}`;
  if (overdue && input.absenceCounts && mayBeAbandoned(order, blocks, input))
    return abandoned(order, cause, chain);
  if (overdue) return NOTHING_SETTLED;
  return { changes: [{ change: 'orderOverdue', id, cause }], incidents: [notShown(order, cause)] };
}

/** The node has not shown it for long enough. */
export const abandoned = (
  { id, kind }: Pick<UnknownOrder, 'id' | 'kind'>,
  cause: string,
  { block }: ChainState,
): Settlement => ({
  changes: [{ change: 'orderAbandoned', id, cause, atBlock: block }],
  incidents: [
    {
      code: kind === 'purchase' ? 'PURCHASE_ABANDONED' : 'TOP_UP_ABANDONED',
      subject: id,
      detail: `${cause}.`,
    },
  ],
});

/** An answer to an abandoned order can come at any time, also while the node cannot be read. Pure. */
export const dateClaim = (order: AbandonedOrder, chain: ChainState): Settlement =>
  order.claim !== null && (order.claim.atBlock === null || order.claim.atBlock > chain.tip)
    ? dated({ id: order.id, claim: order.claim }, chain)
    : NOTHING_SETTLED;

/** The claim counts from the head of the chain. */
const dated = ({ id, claim }: Pick<Claimed, 'id' | 'claim'>, { tip }: ChainState): Settlement => ({
  changes: [{ change: 'orderAnswered', id, batchId: claim.batchId, txHash: claim.txHash, atBlock: tip }],
  incidents: [],
});

export const notShown = (
  { id, kind }: Pick<Claimed, 'id' | 'kind'>,
  cause: string,
): IncidentReport<'PURCHASE_NOT_SHOWN' | 'TOP_UP_NOT_SHOWN'> => ({
  code: kind === 'purchase' ? 'PURCHASE_NOT_SHOWN' : 'TOP_UP_NOT_SHOWN',
  subject: id,
  detail: `Order ${id}: ${cause}.`,
});

/** A top-up holds while its stamp is in the pool, because nothing else can be paid for that stamp. */
function mayBeAbandoned(
  order: Claimed,
  blocks: number,
  { stock, seen, blockTimeSeconds }: SettleInput,
): boolean {
  if (seen.pendingPostage.length > 0) return false;
  if (order.kind === 'purchase') return blocks >= purchaseHoldBlocks(stock, blockTimeSeconds);
  const isLive = stock.toppedUp.some(({ batchId }) => batchId === order.batchId);
  return !isLive && blocks >= blocksPerDay(blockTimeSeconds);
}
