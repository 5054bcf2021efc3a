import type { OpenOrder } from '../src/domain/order.ts';
import type { Policy } from '../src/domain/policy.ts';
import { countByDepth, groupOf, type Reserve, reserveOf, toppedUpIn } from '../src/domain/reserve.ts';
import type { LiveStamp } from '../src/domain/stamp.ts';
import type { NodeName } from '../src/domain/units.ts';
import type { DueRequest, DueStamps, NodeStock, Store } from '../src/store/store.ts';
import { momentAt, T0 } from './builders.ts';

/** All live stamps and open orders. */
export interface Stock {
  readonly stamps: readonly LiveStamp[];
  readonly openOrders: readonly OpenOrder[];
}

/** All that a store has of a node. */
export interface WholeStock extends Stock, Pick<NodeStock, 'abandonedOrders' | 'lastShown'> {}

/** All that a store has, of all nodes. */
export async function stockOf(store: Store): Promise<Stock> {
  const stocks = await Promise.all((await store.stockedNodes()).map((node) => liveStampsOf(store, node)));
  return { stamps: stocks.flat(), openOrders: await store.openOrders() };
}

export async function nodeStockOf(store: Store, node: NodeName): Promise<WholeStock> {
  const { openOrders, abandonedOrders, lastShown } = await store.nodeStock(node, momentAt(T0));
  return { stamps: await liveStampsOf(store, node), openOrders, abandonedOrders, lastShown };
}

/** By batch id, as the other lists of a store are. */
const liveStampsOf = async (store: Store, node: NodeName): Promise<readonly LiveStamp[]> =>
  (await store.liveStamps(node, { after: null, limit: 10_000 })).toSorted((a, b) =>
    a.batchId < b.batchId ? -1 : 1,
  );

/** What a run reads of this stock. */
export function runStock(stock: WholeStock, promisedTtlSeconds: number, now: Date): NodeStock {
  const { stamps, openOrders, abandonedOrders } = stock;
  const topUps = new Set(
    [...openOrders, ...abandonedOrders].flatMap((order) => (order.kind === 'topUp' ? order.batchId : [])),
  );
  const propagating = stamps.filter(({ state, withheld }) => state === 'propagating' && withheld === null);
  return {
    depths: depthsOf(stock, promisedTtlSeconds, now),
    propagating: new Map(
      [...Map.groupBy(propagating, ({ depth }) => depth)].map(([depth, { length }]) => [depth, length]),
    ),
    toppedUp: stamps.filter(({ batchId }) => topUps.has(batchId)),
    openOrders,
    abandonedOrders,
    lastShown: stock.lastShown,
  };
}

/** What is due for a top-up on a node, by the words of the port. `stamps`: of all nodes. */
export function dueIn(stamps: readonly LiveStamp[], node: NodeName, request: DueRequest): DueStamps {
  const { depth, keep, drained, from, until, promised, limit } = request;
  const shown = stamps
    .filter((stamp) => stamp.state === 'available')
    .filter((stamp) => stamp.expiresAt >= until || !drained.has(stamp.node))
    .filter((stamp) => stamp.depth === depth && stamp.withheld === null && stamp.missingSinceBlock === null)
    .toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime() || (a.batchId < b.batchId ? -1 : 1));
  const due = shown
    .slice(Math.max(0, shown.length - keep))
    .filter((stamp) => stamp.node === node && stamp.expiresAt >= from && stamp.expiresAt < until);
  return {
    stamps: due.slice(0, limit),
    count: due.length,
    belowPromise: due.filter(({ expiresAt }) => expiresAt < promised).length,
  };
}

/** The reserve by the rules of the domain, stamp by stamp. */
export const reserveIn = ({ stamps, openOrders }: Stock, policy: Policy, now: Date): Reserve =>
  reserveOf(depthsOf({ stamps, openOrders }, policy.acquireMinTtlSeconds, now), policy);

export function depthsOf({ stamps, openOrders }: Stock, promisedTtlSeconds: number, now: Date) {
  const moment = { now, promisedTtlSeconds, toppedUp: toppedUpIn(openOrders) };
  return countByDepth(
    stamps.map((stamp) => groupOf(stamp, moment)),
    openOrders,
  );
}
