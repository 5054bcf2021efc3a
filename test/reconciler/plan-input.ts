import { StampList } from '../../src/bee/stamp-list.ts';
import type { NodeReport } from '../../src/domain/node-report.ts';
import {
  type FreshObservation,
  freshness,
  type Observation,
  type SeenStamp,
} from '../../src/domain/observation.ts';
import type { Claim, PlannedOrder } from '../../src/domain/order.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { LiveStamp } from '../../src/domain/stamp.ts';
import { type Depth, type NodeName, type Plur, plur, wei } from '../../src/domain/units.ts';
import { dueRequest } from '../../src/reconciler/order-candidates.ts';
import { type Plan, plan as planRun } from '../../src/reconciler/plan.ts';
import type { PlanInput as RunPlanInput } from '../../src/reconciler/plan-input.ts';
import { type Settled, settleOrders, settleStamps } from '../../src/reconciler/settle.ts';
import type { SettleInput as RunSettleInput } from '../../src/reconciler/settlement.ts';
import type { DueStamps } from '../../src/store/store.ts';
import { ADDRESS, anOrder, aPropagatingStamp, batchId as batchOfNumber, NODE, T0 } from '../builders.ts';
import { dueIn, runStock, type WholeStock } from '../stock-of.ts';

export const TIP = 2_000;
export const SYNCED = 1_995;
const BLOCK_SECONDS = 5;
export const TOTAL_AMOUNT = plur(1_000_000_000n);

const aStock = (stock: Partial<WholeStock> = {}): WholeStock => ({
  stamps: [],
  openOrders: [],
  abandonedOrders: [],
  lastShown: { purchaseBlock: null, topUps: new Map() },
  ...stock,
});

/** A stamp as the node lists it: usable, unused, with the time to live that the pool expects. */
export function seenOf(stamp: LiveStamp, wishes: Partial<SeenStamp> = {}): SeenStamp {
  const lagSeconds = (TIP - SYNCED) * BLOCK_SECONDS;
  const ttlSeconds =
    stamp.expiresAt === null ? 600_000 : (stamp.expiresAt.getTime() - T0.getTime()) / 1000 + lagSeconds;
  const { batchId, depth, amount, immutable } = stamp;
  return {
    batchId,
    depth,
    amount,
    immutable,
    usable: true,
    utilization: 0,
    label: '',
    blockNumber: 1_500,
    ttlSeconds,
    ...wishes,
  };
}

interface Shown {
  readonly stamps?: readonly SeenStamp[];
  readonly block?: number;
  readonly lag?: number;
  readonly price?: bigint;
  readonly bzz?: bigint;
  readonly pendingPostage?: readonly string[]; // their descriptions
  readonly batches?: FreshObservation['batches'];
}

/** A node with a full wallet, five blocks behind the head of the chain, at the usual price. */
export function anObservation({
  stamps = [],
  block = SYNCED,
  lag = TIP - SYNCED,
  price = 24_000n,
  bzz = 10n ** 18n,
  pendingPostage = [],
  batches = new Map(stamps.map(({ batchId }) => [batchId, null])),
}: Shown = {}): Observation {
  const pending = pendingPostage.map((description, nonce) => ({ hash: `0x${nonce}`, nonce, description }));
  return {
    is: 'complete',
    node: NODE,
    at: T0,
    address: ADDRESS,
    chainId: null,
    version: '2.8.1',
    chain: {
      tip: block + lag,
      block,
      price: plur(price),
      totalAmount: TOTAL_AMOUNT,
      minimumValidityBlocks: 17_280,
    },
    stamps: StampList.of(stamps),
    wallet: { bzz: plur(bzz), xdai: wei(10n ** 18n) },
    pending,
    pendingPostage: pending,
    batches,
  };
}

export function fresh(shown: Shown = {}): FreshObservation {
  const seen = freshness(anObservation(shown));
  if (seen.is === 'stale') throw new Error(seen.reason);
  return seen.seen;
}

/** The input of a plan, with the whole stock, from which `plan` derives what a run reads of it. */
export interface PlanInput extends Omit<RunPlanInput, 'stock' | 'pool' | 'expired' | 'unpooled'> {
  readonly stock: WholeStock;
  readonly spentLastDay: Plur;
  /** What the other nodes hold, and what they reported. */
  readonly others: readonly { readonly stock: WholeStock; readonly report: NodeReport }[];
}

export function plan({ stock, spentLastDay, others, ...given }: PlanInput, policy: Policy, now: Date): Plan {
  const read = runStock(stock, policy.acquireMinTtlSeconds, now);
  const shown = given.freshness.is === 'fresh' ? [...given.freshness.seen.stamps] : [];
  const input = {
    ...given,
    stock: read,
    pool: {
      ...poolOf(
        [{ node: NODE, stock }, ...others.map((other) => ({ node: other.report.node, stock: other.stock }))],
        {
          policy,
          now,
          drained: new Set(others.flatMap(({ report }) => (report.drained ? report.node : []))),
        },
      ),
      reports: others.map(({ report }) => report),
      spentLastDay,
    },
    expired: stock.stamps.filter((stamp) => stamp.state === 'available'),
    unpooled: shown.filter(({ batchId }) => !given.pooledIds.has(batchId)),
  };
  return planRun(input, policy, now);
}

/** What a run reads of these nodes. */
function poolOf(
  holdings: readonly { readonly node: NodeName; readonly stock: WholeStock }[],
  {
    policy,
    now,
    drained,
  }: { readonly policy: Policy; readonly now: Date; readonly drained: ReadonlySet<NodeName> },
): Pick<RunPlanInput['pool'], 'stock' | 'due'> {
  const targeted = [...policy.targets.keys()];
  const openOrders = holdings.flatMap(({ stock }) => stock.openOrders);
  const nodes = holdings.map(({ node, stock }) => {
    const { depths, propagating } = runStock(stock, policy.acquireMinTtlSeconds, now);
    return { node, withheld: null, depths, propagating };
  });
  const propagating = new Map(
    targeted.map((of) => [of, nodes.reduce((sum, counts) => sum + (counts.propagating.get(of) ?? 0), 0)]),
  );
  const stamps = holdings.flatMap(({ stock }) => stock.stamps);
  const dueOf = (node: NodeName, depth: Depth): DueStamps =>
    dueIn(stamps, node, dueRequest({ openOrders, propagating }, policy, { depth, now, drained }));
  const toppingUp = nodes.filter(({ node }) => !drained.has(node));
  return {
    stock: { allocation: 0, nodes, openOrders },
    due: new Map(
      toppingUp.map(({ node }) => [node, new Map(targeted.map((depth) => [depth, dueOf(node, depth)]))]),
    ),
  };
}

/** The node shows every stamp in stock. */
export function planInput(
  stock: Partial<WholeStock> = {},
  shown: Shown = {},
  rest: Partial<PlanInput> = {},
): PlanInput {
  const whole = aStock(stock);
  const stamps = [...whole.stamps.map((stamp) => seenOf(stamp)), ...(shown.stamps ?? [])];
  return {
    freshness: freshness(anObservation({ ...shown, stamps })),
    stock: whole,
    pooledIds: new Set(whole.stamps.map(({ batchId }) => batchId)),
    unaccounted: new Set(),
    spentLastDay: plur(0n),
    takenOver: new Set(),
    sending: false,
    backOff: null,
    variation: { ttlJitter: 0, amountNonce: 7n },
    canaries: { bought: [], missingSinceBlock: null },
    canaryFailed: false,
    wallClock: T0,
    others: [],
    ...rest,
  };
}

export interface SettleInput extends Omit<RunSettleInput, 'stock' | 'unpooled'> {
  readonly stock: WholeStock;
}

/** What a run settles, with all stamps in one slice. */
export function settle({ stock, ...given }: SettleInput): Settled {
  const { seen, pooledIds } = given;
  const input = {
    ...given,
    stock: runStock(stock, 0, T0),
    unpooled: [...seen.stamps].filter(({ batchId }) => !pooledIds.has(batchId)),
  };
  const [orders, stamps] = [settleOrders(input), settleStamps(stock.stamps, input)];
  return {
    changes: [...orders.changes, ...stamps.changes],
    incidents: [...orders.incidents, ...stamps.incidents],
    recovered: orders.recovered,
    bought: orders.bought,
    delivered: orders.delivered + stamps.delivered,
  };
}

export const settleInput = (
  stock: Partial<WholeStock>,
  shown: Shown = {},
  rest: Partial<SettleInput> = {},
): SettleInput => ({
  stock: aStock(stock),
  seen: fresh(shown),
  pooledIds: new Set((stock.stamps ?? []).map(({ batchId }) => batchId)),
  blockTimeSeconds: BLOCK_SECONDS,
  absenceCounts: true,
  ...rest,
});

/** Bee's answer to order 1: batch 9. */
export const aClaim = (atBlock: number | null, wishes: Partial<Claim> = {}): Claim => ({
  batchId: batchOfNumber(9),
  txHash: '0xab',
  atBlock,
  overdue: false,
  refuted: false,
  ...wishes,
});

export const sent = (order: PlannedOrder, claim: Claim | null = null) => ({
  ...order,
  state: 'sent' as const,
  sentAt: T0,
  claim,
});

/** An order of unknown outcome, with no postage transaction pending since that block. */
export const unknown = (
  order: PlannedOrder,
  noPendingSinceBlock: number | null = null,
  claim: Claim | null = null,
) => ({
  ...order,
  state: 'unknown' as const,
  sentAt: T0,
  claim,
  cause: 'the connection was reset',
  noPendingSinceBlock,
});

export const abandoned = (
  order: PlannedOrder,
  { endedAtBlock = 1_100, claim = null }: { endedAtBlock?: number | null; claim?: Claim | null } = {},
) => ({
  ...order,
  state: 'abandoned' as const,
  sentAt: T0,
  claim,
  endedAt: T0,
  endedAtBlock,
  cause: 'it never appeared',
});

/** The batch that an order bought, as the node lists it when it has read it from the chain. */
export const batchOf = (order = anOrder(), wishes: Partial<SeenStamp> = {}): SeenStamp =>
  seenOf(aPropagatingStamp({ n: 9, amount: order.amount, depth: order.depth }), {
    label: 'recovered',
    blockNumber: 1_001,
    ...wishes,
  });

/** A day before the order: a node may count ahead of the chain by less. */
export const minedLongBefore = (order: PlannedOrder): Partial<SeenStamp> => ({
  blockNumber: order.plannedAtBlock - 17_280,
});
