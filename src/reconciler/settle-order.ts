import { mayBeImmutable, type SeenStamp } from '../domain/observation.ts';
import type { AbandonedOrder, Order, SentOrder, UnknownOrder } from '../domain/order.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { valueOf } from './batch-value.ts';
import { boughtStamp } from './bought-stamp.ts';
import type { Evidence, Found } from './evidence.ts';

/** A batch is listed at most 8 blocks after it was mined, and Bee trusts it after 10 more (docs/bee.md#visibility). */
const LISTED_WITHIN_BLOCKS = 15;
/** Looked at once more after this many (docs/bee.md#outcomes). */
const SAFETY_MARGIN_BLOCKS = 30;
export type Unsettled = SentOrder | UnknownOrder | AbandonedOrder;

/** Looks for the order's outcome among what the node shows. Pure. */
export const settleOrder = (order: Unsettled, evidence: Evidence): Found =>
  order.kind === 'purchase' ? settlePurchase(order, evidence) : settleTopUp(order, evidence);

function settlePurchase(order: Unsettled & { kind: 'purchase' }, evidence: Evidence): Found {
  const { seen, known } = evidence;
  const unclaimed = seen.stamps.filter(
    (stamp) =>
      !known.has(stamp.batchId) &&
      stamp.depth >= order.depth && // its owner may have diluted it since
      mayBeImmutable(stamp, order.immutable) &&
      stamp.blockNumber > order.plannedAtBlock,
  );
  const [match, ...others] = unclaimed
    .filter((stamp) => isOurs(stamp, order))
    .toSorted((a, b) => Number(b.label === order.id) - Number(a.label === order.id) || a.depth - b.depth);
  if (match === undefined) return stillOpen(order, evidence, unclaimed);
  const stamp = boughtStamp(order, { ...match, immutable: order.immutable }, seen.at);
  const late: IncidentReport[] =
    order.state === 'abandoned'
      ? [{ code: 'PURCHASE_LATE', subject: order.id, detail: `Batch ${match.batchId}.` }]
      : [];
  return {
    stamp,
    changes: [
      { change: 'orderConfirmed', id: order.id, batchId: match.batchId, txHash: null },
      { change: 'stampAdded', stamp },
    ],
    incidents: [...late, ...others.map((other) => ambiguous(order, other))],
  };
}

/** The amount is the key. The label is a second witness: with it, a top-up by somebody else may have raised the amount. */
const isOurs = (stamp: SeenStamp, order: Order): boolean =>
  stamp.amount === order.amount || (stamp.label === order.id && stamp.amount > order.amount);

function settleTopUp(order: Unsettled & { kind: 'topUp' }, evidence: Evidence): Found {
  if (!wasToppedUp(order, evidence)) return stillOpen(order, evidence, []);
  return {
    changes: [
      { change: 'orderConfirmed', id: order.id, batchId: order.batchId, txHash: null },
      { change: 'stampPaidFor', batchId: order.batchId, cost: order.cost },
    ],
    incidents: [],
  };
}

/** A balance reckoned back from a time to live lacks up to a second of rent, and a step of the node between two reads. */
const VALUE_TOLERANCE_PERCENT = 1n;

/**
 * Compares with what was there before. `amount` may be stale after a restart (docs/bee.md#stale-fields), so it must have
 * grown by exactly the order's own. An order that was given up may have been long ago: since then others may have paid,
 * so that by its balance it is known only when that is exact.
 */
function wasToppedUp(order: Unsettled & { kind: 'topUp' }, { seen, blockTimeSeconds }: Evidence): boolean {
  const stamp = seen.stamps.find(({ batchId }) => batchId === order.batchId);
  if (stamp === undefined) return false;
  if (stamp.amount - order.before.amount === order.amount) return true;
  const value = valueOf(stamp, seen, blockTimeSeconds);
  if (value === null || order.before.value === null) return false;
  const grown = value - order.before.value;
  return order.state === 'abandoned'
    ? grown === order.amount
    : grown >= (order.amount * (100n - VALUE_TOLERANCE_PERCENT)) / 100n;
}

/** Not found (yet): an unknown order is waited for as long as docs/bee.md#outcomes says, and then given up. */
function stillOpen(order: Unsettled, { seen }: Evidence, unclaimed: readonly SeenStamp[]): Found {
  if (order.state !== 'unknown') return { changes: [], incidents: [] };
  if (seen.pendingPostage.length > 0) {
    return order.quietSinceBlock === null
      ? { changes: [], incidents: [] }
      : { changes: [{ change: 'orderQuiet', id: order.id, quietSinceBlock: null }], incidents: [] };
  }
  if (order.quietSinceBlock === null) {
    return {
      changes: [{ change: 'orderQuiet', id: order.id, quietSinceBlock: seen.chain.tip }],
      incidents: [],
    };
  }
  const waitedBlocks = seen.chain.block - order.quietSinceBlock;
  if (waitedBlocks < LISTED_WITHIN_BLOCKS + SAFETY_MARGIN_BLOCKS) return { changes: [], incidents: [] };
  const cause = `${order.cause}; not on the chain ${waitedBlocks} blocks after the last pending transaction`;
  return {
    changes: [{ change: 'orderAbandoned', id: order.id, cause }],
    incidents: [
      {
        code: order.kind === 'purchase' ? 'PURCHASE_ABANDONED' : 'TOP_UP_ABANDONED',
        subject: order.id,
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
