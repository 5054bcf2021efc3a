import type { Change } from '../domain/change.ts';
import { type FreshObservation, lagBlocks, type SeenStamp } from '../domain/observation.ts';
import type { AbandonedOrder, Order, SentOrder, UnknownOrder } from '../domain/order.ts';
import type { LiveStamp, Withheld } from '../domain/stamp.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';

/** What an observation tells about what was open, as changes to write and incidents to report. */
export interface Settlement {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  /** Purchases that turned up without an answer of Bee's. */
  readonly recovered: number;
}

/** Everything that settling rests on. */
export interface Evidence {
  readonly stock: NodeStock;
  readonly seen: FreshObservation;
  /** Of the batches seen, those that the pool has ever had. */
  readonly known: ReadonlySet<BatchId>;
  readonly blockTimeSeconds: number;
}

/** A batch is listed at most 8 blocks after it was mined, and Bee trusts it after 10 more (docs/bee.md#visibility). */
const LISTED_WITHIN_BLOCKS = 15;
/** Looked at once more after this many (docs/bee.md#outcomes). */
const SAFETY_MARGIN_BLOCKS = 30;
/** Just after a start Bee may list all but its last page of events (docs/bee.md#restart): absence must outlast that. */
const MISSING_BLOCKS = 10;
/** From here on a stamp that is not shown no longer counts as stock, else the pool would starve. */
const LOST_BLOCKS = 120;
/** TTL falls in steps of five blocks: a rise smaller than this is that, not a top-up. A fall always counts. */
const EXPIRY_RISE_MS = 120_000;

type Unsettled = SentOrder | UnknownOrder | AbandonedOrder;
type Found = {
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
  readonly stamp?: LiveStamp;
};

/** Pure. Only a fresh observation can get in: nothing is settled on stale or partial knowledge (rule 5). */
export function settle(evidence: Evidence): Settlement {
  const { stock } = evidence;
  const unsettled: Unsettled[] = [
    ...stock.openOrders.filter((order) => order.state !== 'planned'),
    ...stock.abandonedOrders,
  ];
  const found = unsettled.map((order) =>
    order.kind === 'purchase' ? settlePurchase(order, evidence) : settleTopUp(order, evidence),
  );
  const recovered = found.flatMap(({ stamp }) => stamp ?? []);
  const observed = [...stock.stamps, ...recovered].map((stamp) => settleStamp(stamp, evidence));
  return {
    changes: [...found, ...observed].flatMap(({ changes }) => changes),
    incidents: [...found, ...observed].flatMap(({ incidents }) => incidents),
    recovered: recovered.length,
  };
}

function settlePurchase(order: Unsettled & { kind: 'purchase' }, evidence: Evidence): Found {
  const { seen, known } = evidence;
  const unclaimed = seen.stamps.filter(
    (stamp) =>
      !known.has(stamp.batchId) &&
      stamp.depth === order.depth &&
      stamp.immutable === order.immutable &&
      stamp.blockNumber > order.plannedAtBlock,
  );
  const [match, ...others] = unclaimed
    .filter((stamp) => isOurs(stamp, order))
    .toSorted((a, b) => Number(b.label === order.id) - Number(a.label === order.id));
  if (match === undefined) return stillOpen(order, evidence, unclaimed);
  const stamp = propagating(match, order, seen.at);
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

function propagating(seen: SeenStamp, order: Unsettled & { kind: 'purchase' }, at: Date): LiveStamp {
  return {
    state: 'propagating',
    batchId: seen.batchId,
    node: order.node,
    depth: seen.depth,
    amount: seen.amount,
    immutable: seen.immutable,
    cost: order.cost,
    origin: 'bought',
    orderId: order.id,
    createdAt: at,
    missingSinceBlock: null,
    withheld: null,
  };
}

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

/**
 * Compares with what was there before. `value` is exact but old nodes do not tell it; `amount` may be stale after a
 * restart (docs/bee.md#stale-fields), so it must have grown by exactly the order's own amount.
 */
function wasToppedUp(order: Unsettled & { kind: 'topUp' }, { seen, blockTimeSeconds }: Evidence): boolean {
  const stamp = seen.stamps.find(({ batchId }) => batchId === order.batchId);
  if (stamp === undefined) return false;
  if (stamp.amount - order.before.amount === order.amount) return true;
  const value = seen.values.get(order.batchId);
  if (value !== undefined && order.before.value !== null) {
    const grown = value - order.before.value;
    return order.state === 'abandoned' ? grown === order.amount : grown >= order.amount;
  }
  const expiresAt = expiryOf(stamp, seen, blockTimeSeconds);
  if (expiresAt === null || seen.chain.price === 0n || order.state === 'abandoned') return false;
  const boughtMs = Number(order.amount / seen.chain.price) * blockTimeSeconds * 1000;
  return expiresAt.getTime() - order.before.expiresAt.getTime() >= boughtMs / 2;
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
      ...unclaimed.filter((stamp) => stamp.label === 'recovered').map((stamp) => ambiguous(order, stamp)),
    ],
  };
}

const ambiguous = (order: Order, stamp: SeenStamp): IncidentReport => ({
  code: 'PURCHASE_AMBIGUOUS',
  subject: stamp.batchId,
  detail: `Batch ${stamp.batchId} of amount ${stamp.amount} may belong to order ${order.id} of amount ${order.amount}.`,
});

function settleStamp(stamp: LiveStamp, evidence: Evidence): Found {
  const { seen, blockTimeSeconds } = evidence;
  const shown = seen.stamps.find(({ batchId }) => batchId === stamp.batchId);
  if (shown === undefined || (stamp.state === 'available' && !shown.usable))
    return settleMissing(stamp, seen);
  const withheld: Withheld | null = shown.utilization > 0 || stamp.withheld === 'in_use' ? 'in_use' : null;
  const expiresAt = expiryOf(shown, seen, blockTimeSeconds);
  const changes: Change[] = [];
  if (differs(stamp, shown, withheld) || moved(stamp, expiresAt)) {
    const { batchId, depth, amount, immutable } = shown;
    changes.push({ change: 'stampSeen', batchId, depth, amount, immutable, expiresAt, withheld });
  }
  if (stamp.state === 'propagating' && shown.usable && expiresAt !== null) {
    const ttlAtCreationSeconds = Math.max(0, Math.floor((expiresAt.getTime() - seen.at.getTime()) / 1000));
    changes.push({ change: 'stampAvailable', batchId: stamp.batchId, expiresAt, ttlAtCreationSeconds });
  }
  const found = withheld === 'in_use' && stamp.withheld !== 'in_use';
  return {
    changes,
    incidents: found
      ? [{ code: 'STAMP_IN_USE', subject: stamp.batchId, detail: `Batch ${stamp.batchId}.` }]
      : [],
  };
}

const differs = (stamp: LiveStamp, shown: SeenStamp, withheld: Withheld | null): boolean =>
  stamp.depth !== shown.depth ||
  stamp.amount !== shown.amount ||
  stamp.immutable !== shown.immutable ||
  stamp.withheld !== withheld ||
  stamp.missingSinceBlock !== null;

function moved(stamp: LiveStamp, expiresAt: Date | null): boolean {
  if (stamp.state !== 'available' || expiresAt === null) return false;
  const risenMs = expiresAt.getTime() - stamp.expiresAt.getTime();
  return risenMs < 0 || risenMs >= EXPIRY_RISE_MS;
}

function settleMissing(stamp: LiveStamp, { chain }: FreshObservation): Found {
  const sinceBlock = stamp.missingSinceBlock ?? chain.block;
  const blocks = chain.block - sinceBlock;
  const withheld = stamp.withheld === 'in_use' ? 'in_use' : withheldAfter(blocks);
  if (stamp.missingSinceBlock !== null && withheld === stamp.withheld) return { changes: [], incidents: [] };
  const lost = withheld === 'lost' && stamp.withheld !== 'lost';
  return {
    changes: [{ change: 'stampMissing', batchId: stamp.batchId, sinceBlock, withheld }],
    incidents: lost
      ? [
          {
            code: 'STAMP_MISSING',
            subject: stamp.batchId,
            detail: `Batch ${stamp.batchId}, not shown for ${blocks} blocks.`,
          },
        ]
      : [],
  };
}

function withheldAfter(missingBlocks: number): Withheld | null {
  if (missingBlocks >= LOST_BLOCKS) return 'lost';
  return missingBlocks >= MISSING_BLOCKS ? 'missing' : null;
}

/** The node's TTL is as of its synced block, not of now (docs/bee.md#ttl). */
export function expiryOf(
  stamp: SeenStamp,
  { at, chain }: FreshObservation,
  blockTimeSeconds: number,
): Date | null {
  if (stamp.ttlSeconds === null) return null;
  return new Date(at.getTime() + (stamp.ttlSeconds - lagBlocks(chain) * blockTimeSeconds) * 1000);
}
