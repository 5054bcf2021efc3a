import { mayBeImmutable, type SeenStamp } from '../domain/observation.ts';
import {
  type AbandonedOrder,
  type Claim,
  isForReserve,
  type Order,
  type SentOrder,
  type UnknownOrder,
} from '../domain/order.ts';
import { newStamp, type PropagatingStamp } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { unknownOutcome } from './settle-answer.ts';
import { abandoned, awaitClaim, dateClaim, LISTED_WITHIN_BLOCKS } from './settle-claim.ts';
import { settleTopUp } from './settle-top-up.ts';
import { NOTHING_SETTLED, type SettleInput, type Settlement } from './settlement.ts';

/** Finds the outcome of an order in what the node shows. Pure. */
export const settleOrder = (order: Unsettled, input: SettleInput): Settlement =>
  order.kind === 'purchase'
    ? settlePurchase(order, input)
    : (settleTopUp(order, input) ?? stillOpen(order, input, []));

export type Unsettled = SentOrder | UnknownOrder | AbandonedOrder;
type UnsettledPurchase = Unsettled & { readonly kind: 'purchase' };

function settlePurchase(order: UnsettledPurchase, input: SettleInput): Settlement {
  const refuted = whyRefuted(order, input);
  const claim = refuted === null && !order.claim?.refuted ? order.claim : null;
  const unclaimed = input.unpooled.filter(
    (stamp) => !input.pooledIds.has(stamp.batchId) && mayBe(stamp, order),
  );
  const matches = unclaimed
    .filter((stamp) => isOurs(stamp, order))
    .toSorted((a, b) => compare(a, b, { order, claim }));
  const [match, ...others] = matches;
  if (match !== undefined && !awaitsAnother(order, match, claim))
    return confirmed(order, { match, others, claim, input });
  if (refuted === null) return stillOpen(order, input, unclaimed);
  return {
    changes: [{ change: 'orderClaimRefuted', id: order.id, cause: refuted }],
    incidents: [unknownOutcome(order, refuted)],
  };
}

/**
 * The owner of a batch may have diluted it, so its depth may be larger. A proxy may drop the header `Immutable`, and a node may
 * show one flag for all batches: what was paid for is ours all the same.
 */
const mayBe = (stamp: SeenStamp, order: UnsettledPurchase): boolean =>
  stamp.depth >= order.depth && isMinedSince(order, stamp);

/** A node may count ahead of the chain: then a batch is mined in a block below that in which it was ordered (docs/bee.md#halted-chain). */
export const isMinedSince = ({ plannedAtBlock }: Order, { blockNumber }: SeenStamp): boolean =>
  blockNumber > plannedAtBlock - MAX_AHEAD_BLOCKS;

/** A day of Gnosis Chain: no clock that anything works by is fast by more. */
const MAX_AHEAD_BLOCKS = 17_280;

/** The amount is the key. Anyone may top up a batch and so raise its amount: then the label identifies it. */
const isOurs = (stamp: SeenStamp, order: Order): boolean =>
  stamp.amount === order.amount || (stamp.label === order.id && stamp.amount > order.amount);

/** Why the batch that Bee named cannot be this order's. null: it can be, or Bee has not named one. */
function whyRefuted(order: UnsettledPurchase, { seen, pooledIds }: SettleInput): string | null {
  if (order.state === 'abandoned' || order.claim === null || order.claim.refuted) return null;
  const { batchId } = order.claim;
  if (pooledIds.has(batchId)) return `Bee answered with batch ${batchId}, which is or was in the pool`;
  const shown = seen.stamps.get(batchId);
  if (shown === undefined || (mayBe(shown, order) && isOurs(shown, order))) return null;
  return `Bee answered with batch ${batchId}, which is listed with depth ${shown.depth}, amount ${shown.amount}, mined in block ${shown.blockNumber}`;
}

/** The best match first. */
const compare = (
  a: SeenStamp,
  b: SeenStamp,
  { order, claim }: { readonly order: UnsettledPurchase; readonly claim: Claim | null },
): number =>
  rankOf(a, order, claim) - rankOf(b, order, claim) ||
  Number(mayBeImmutable(b, order.immutable)) - Number(mayBeImmutable(a, order.immutable)) ||
  a.depth - b.depth;

/** Among batches with the same amount, the label is the best evidence, then Bee's answer. */
function rankOf({ batchId, label }: SeenStamp, order: Order, claim: Claim | null): number {
  if (label === order.id) return 0;
  return batchId === claim?.batchId ? 1 : 2;
}

/** Bee has named another batch, which may not be listed yet. */
const awaitsAnother = (order: UnsettledPurchase, match: SeenStamp, claim: Claim | null): boolean =>
  order.state !== 'abandoned' && claim !== null && !claim.overdue && rankOf(match, order, claim) === 2;

interface Match {
  readonly match: SeenStamp;
  readonly others: readonly SeenStamp[];
  readonly claim: Claim | null;
  readonly input: SettleInput;
}

function confirmed(order: UnsettledPurchase, { match, others, claim, input }: Match): Settlement {
  const isClaimed = claim?.batchId === match.batchId;
  const stamp = isForReserve(order) ? stampOf(order, match, input) : undefined;
  const late: IncidentReport[] = order.state === 'abandoned' ? [lateReport(order, match)] : [];
  const misnamed: IncidentReport[] =
    order.claim === null || order.claim.batchId === match.batchId
      ? []
      : [misnamedBy(order, order.claim.batchId, match)];
  const altered: IncidentReport[] = mayBeImmutable(match, order.immutable) ? [] : [alteredBy(order, match)];
  return {
    ...(stamp && { stamp }),
    recovered: !isClaimed,
    changes: [
      {
        change: 'orderConfirmed',
        id: order.id,
        batchId: match.batchId,
        txHash: isClaimed ? claim.txHash : null,
        atBlock: input.seen.chain.block,
      },
      ...(stamp ? [{ change: 'stampAdded', stamp } as const] : []), // a canary is not in the pool
    ],
    incidents: [...late, ...misnamed, ...altered, ...others.map((other) => ambiguous(order, other))],
  };
}

const stampOf = (order: UnsettledPurchase, match: SeenStamp, { seen }: SettleInput): PropagatingStamp =>
  newStamp({
    batchId: match.batchId,
    node: order.node,
    depth: match.depth,
    amount: match.amount,
    immutable: match.immutable ?? order.immutable,
    cost: order.cost,
    origin: 'bought',
    orderId: order.id,
    createdAt: seen.at,
  });

const lateReport = (order: UnsettledPurchase, { batchId }: SeenStamp): IncidentReport => ({
  code: 'PURCHASE_LATE',
  subject: order.id,
  detail: `Batch ${batchId}${isForReserve(order) ? ' is in the pool as surplus' : ', a canary of the node'}.`,
});

/** An unknown order is abandoned this many blocks later than its batch should be listed (docs/bee.md#outcomes). */
const SAFETY_MARGIN_BLOCKS = 30;

/** The node does not show the outcome. An unknown order is abandoned after the wait of docs/bee.md#outcomes. */
function stillOpen(order: Unsettled, input: SettleInput, unclaimed: readonly SeenStamp[]): Settlement {
  if (order.state === 'abandoned') return dateClaim(order, input.seen.chain);
  if (order.claim !== null && !order.claim.refuted)
    return awaitClaim({ ...order, claim: order.claim }, input);
  if (order.state === 'sent') return NOTHING_SETTLED;
  const { pendingPostage, chain } = input.seen;
  const { id, noPendingSinceBlock } = order;
  if (pendingPostage.length > 0) {
    return noPendingSinceBlock === null
      ? NOTHING_SETTLED
      : { changes: [{ change: 'orderQuiet', id, noPendingSinceBlock: null }], incidents: [] };
  }
  if (noPendingSinceBlock === null || noPendingSinceBlock > chain.tip)
    return { changes: [{ change: 'orderQuiet', id, noPendingSinceBlock: chain.tip }], incidents: [] };
  const waitedBlocks = chain.block - noPendingSinceBlock;
  if (waitedBlocks < LISTED_WITHIN_BLOCKS + SAFETY_MARGIN_BLOCKS || !input.absenceCounts)
    return NOTHING_SETTLED;
  const cause = `${order.cause}; not on the chain ${waitedBlocks} blocks after the last pending transaction`;
  const candidates = unclaimed
    .filter(({ label, amount }) => label === 'recovered' && amount > order.amount) // perhaps topped up since
    .map((stamp) => ambiguous(order, stamp));
  const { changes, incidents } = abandoned(order, cause, chain);
  return { changes, incidents: [...incidents, ...candidates] };
}

const ambiguous = (order: Order, stamp: SeenStamp): IncidentReport => ({
  code: 'PURCHASE_AMBIGUOUS',
  subject: stamp.batchId,
  detail: `Batch ${stamp.batchId} of amount ${stamp.amount}, mined in block ${stamp.blockNumber}, may belong to order ${order.id} of amount ${order.amount}, planned at block ${order.plannedAtBlock}.`,
});

const misnamedBy = (order: Order, named: BatchId, match: SeenStamp): IncidentReport => ({
  code: 'PURCHASE_AMBIGUOUS',
  subject: named,
  detail: `Bee answered that order ${order.id} bought batch ${named}; the node shows that it bought ${match.batchId}.`,
});

const alteredBy = (order: UnsettledPurchase, { batchId }: SeenStamp): IncidentReport => ({
  code: 'IMMUTABILITY_MISMATCH',
  subject: order.node,
  detail: `Order ${order.id} was for ${order.immutable ? 'an immutable' : 'a mutable'} batch, and batch ${batchId} is not.`,
});
