import { mayBeImmutable, type SeenStamp } from '../domain/observation.ts';
import type { AbandonedOrder, Claim, Order, SentOrder, UnknownOrder } from '../domain/order.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { boughtStamp } from './bought-stamp.ts';
import { type Evidence, type Found, NOTHING_FOUND } from './evidence.ts';
import { unknownOutcome } from './settle-answer.ts';
import { awaitClaim, LISTED_WITHIN_BLOCKS } from './settle-claim.ts';
import { sightOfTopUp } from './sight-of-top-up.ts';

/** Looked at once more after this many (docs/bee.md#outcomes). */
const SAFETY_MARGIN_BLOCKS = 30;

export type Unsettled = SentOrder | UnknownOrder | AbandonedOrder;
type UnsettledPurchase = Unsettled & { readonly kind: 'purchase' };

/** Looks for the order's outcome among what the node shows. Pure. */
export const settleOrder = (order: Unsettled, evidence: Evidence): Found =>
  order.kind === 'purchase' ? settlePurchase(order, evidence) : settleTopUp(order, evidence);

function settlePurchase(order: UnsettledPurchase, evidence: Evidence): Found {
  const refuted = whyRefuted(order, evidence);
  const claim = refuted === null && !order.claim?.refuted ? order.claim : null;
  const unclaimed = evidence.seen.stamps.filter(
    (stamp) => !evidence.known.has(stamp.batchId) && mayBe(stamp, order),
  );
  const matches = unclaimed
    .filter((stamp) => isOurs(stamp, order))
    .toSorted((a, b) => rankOf(a, order, claim) - rankOf(b, order, claim) || a.depth - b.depth);
  const [match, ...others] = matches;
  if (match !== undefined && !awaitsAnother(order, match, claim))
    return confirmed(order, { match, others, claim, evidence });
  if (refuted === null) return stillOpen(order, evidence, unclaimed);
  return {
    changes: [{ change: 'orderClaimRefuted', id: order.id, cause: refuted }],
    incidents: [unknownOutcome(order, refuted)],
  };
}

/** Its owner may have diluted it since. */
const mayBe = (stamp: SeenStamp, order: UnsettledPurchase): boolean =>
  stamp.depth >= order.depth &&
  mayBeImmutable(stamp, order.immutable) &&
  stamp.blockNumber > order.plannedAtBlock;

/** The amount is the key. The label is a second witness: with it, a top-up by somebody else may have raised the amount. */
const isOurs = (stamp: SeenStamp, order: Order): boolean =>
  stamp.amount === order.amount || (stamp.label === order.id && stamp.amount > order.amount);

/** Why the batch that Bee named cannot be this order's; null: it can, or Bee has named none. */
function whyRefuted(order: UnsettledPurchase, { seen, known }: Evidence): string | null {
  if (order.state === 'abandoned' || order.claim === null || order.claim.refuted) return null;
  const { batchId } = order.claim;
  if (known.has(batchId)) return `Bee answered with batch ${batchId}, which the pool has had before`;
  const shown = seen.stamps.find((stamp) => stamp.batchId === batchId);
  if (shown === undefined || (mayBe(shown, order) && isOurs(shown, order))) return null;
  return `Bee answered with batch ${batchId}, which is listed with depth ${shown.depth}, amount ${shown.amount}, mined in block ${shown.blockNumber}`;
}

/** The label is the best witness of several with the same amount, then Bee's answer. */
function rankOf({ batchId, label }: SeenStamp, order: Order, claim: Claim | null): number {
  if (label === order.id) return 0;
  return batchId === claim?.batchId ? 1 : 2;
}

/** Bee has named another batch, which may be listed yet. */
const awaitsAnother = (order: UnsettledPurchase, match: SeenStamp, claim: Claim | null): boolean =>
  order.state !== 'abandoned' && claim !== null && !claim.overdue && rankOf(match, order, claim) === 2;

function confirmed(
  order: UnsettledPurchase,
  found: {
    readonly match: SeenStamp;
    readonly others: readonly SeenStamp[];
    readonly claim: Claim | null;
    readonly evidence: Evidence;
  },
): Found {
  const { match, others, claim, evidence } = found;
  const isClaimed = claim?.batchId === match.batchId;
  const stamp = boughtStamp(order, { ...match, immutable: order.immutable }, evidence.seen.at);
  const late: IncidentReport[] =
    order.state === 'abandoned'
      ? [{ code: 'PURCHASE_LATE', subject: order.id, detail: `Batch ${match.batchId}.` }]
      : [];
  const misnamed: IncidentReport[] =
    order.claim === null || order.claim.batchId === match.batchId
      ? []
      : [misnamedBy(order, order.claim.batchId, match)];
  return {
    stamp,
    unexpected: !isClaimed,
    changes: [
      {
        change: 'orderConfirmed',
        id: order.id,
        batchId: match.batchId,
        txHash: isClaimed ? claim.txHash : null,
        atBlock: evidence.seen.chain.block,
      },
      { change: 'stampAdded', stamp },
    ],
    incidents: [...late, ...misnamed, ...others.map((other) => ambiguous(order, other))],
  };
}

function settleTopUp(order: Unsettled & { readonly kind: 'topUp' }, evidence: Evidence): Found {
  const { chain } = evidence.seen;
  const { id, batchId, cost, claim } = order;
  const sight = sightOfTopUp(order, evidence);
  if (sight === 'shown') {
    return {
      changes: [
        {
          change: 'orderConfirmed',
          id,
          batchId,
          txHash: claim?.txHash ?? null,
          atBlock: chain.block,
        },
        { change: 'stampPaidFor', batchId, cost },
      ],
      incidents: [],
    };
  }
  if (sight === 'paid' && claim === null && order.state === 'unknown')
    return {
      changes: [{ change: 'orderAnswered', id, batchId, txHash: null, atBlock: chain.tip }],
      incidents: [],
    };
  return stillOpen(order, evidence, []);
}

/** Not found (yet): an order of unknown outcome is waited for as long as docs/bee.md#outcomes says, and then given up. */
function stillOpen(order: Unsettled, evidence: Evidence, unclaimed: readonly SeenStamp[]): Found {
  if (order.state === 'abandoned') return NOTHING_FOUND;
  if (order.claim !== null && !order.claim.refuted)
    return awaitClaim({ ...order, claim: order.claim }, evidence);
  if (order.state === 'sent') return NOTHING_FOUND;
  const { pendingPostage, chain } = evidence.seen;
  const { id, quietSinceBlock } = order;
  if (pendingPostage.length > 0) {
    return quietSinceBlock === null
      ? NOTHING_FOUND
      : { changes: [{ change: 'orderQuiet', id, quietSinceBlock: null }], incidents: [] };
  }
  if (quietSinceBlock === null || quietSinceBlock > chain.tip)
    return { changes: [{ change: 'orderQuiet', id, quietSinceBlock: chain.tip }], incidents: [] };
  const waitedBlocks = chain.block - quietSinceBlock;
  if (waitedBlocks < LISTED_WITHIN_BLOCKS + SAFETY_MARGIN_BLOCKS) return NOTHING_FOUND;
  const cause = `${order.cause}; not on the chain ${waitedBlocks} blocks after the last pending transaction`;
  return {
    changes: [{ change: 'orderAbandoned', id, cause, atBlock: chain.block }],
    incidents: [
      {
        code: order.kind === 'purchase' ? 'PURCHASE_ABANDONED' : 'TOP_UP_ABANDONED',
        subject: id,
        detail: cause,
      },
      ...unclaimed
        .filter(({ label, amount }) => label === 'recovered' && amount > order.amount) // topped up since by somebody?
        .map((stamp) => ambiguous(order, stamp)),
    ],
  };
}

const ambiguous = (order: Order, stamp: SeenStamp): IncidentReport => ({
  code: 'PURCHASE_AMBIGUOUS',
  subject: stamp.batchId,
  detail: `Batch ${stamp.batchId} of amount ${stamp.amount} may belong to order ${order.id} of amount ${order.amount}.`,
});

const misnamedBy = (order: Order, named: BatchId, match: SeenStamp): IncidentReport => ({
  code: 'PURCHASE_AMBIGUOUS',
  subject: named,
  detail: `Bee answered that order ${order.id} bought batch ${named}; the node shows that it bought ${match.batchId}.`,
});
