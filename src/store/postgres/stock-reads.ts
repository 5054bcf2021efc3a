import type { OpenOrder } from '../../domain/order.ts';
import {
  countByDepth,
  mayMeetPromise,
  propagatingIn,
  type StampGroup,
  type StockSnapshot,
  toppedUpGroups,
  toppedUpIn,
} from '../../domain/reserve.ts';
import { type LiveStamp, withheldAs } from '../../domain/stamp.ts';
import { type Depth, depth, type NodeName, nodeName, parseBatchId } from '../../domain/units.ts';
import type { NodeCounts, PoolStock } from '../allocation-store.ts';
import type { Moment } from '../moment.ts';
import { promisedExpiryMs } from '../moment.ts';
import { firstPropagatingIn } from '../rows/first-propagating.ts';
import { abandonedOrderFromRow, openOrderFromRow } from '../rows/order-row.ts';
import type { StampRow } from '../rows/row-types.ts';
import { shownTopUpFromRow } from '../rows/shown-top-ups.ts';
import { liveStampFromRow } from '../rows/stamp-row.ts';
import type { WithheldNodes } from '../rows/withheld-nodes.ts';
import type { NodeStock, StampPage } from '../store.ts';
import { type StockCountRow, stockGroups } from './count-statements.ts';
import {
  abandonedOrdersOf,
  firstPropagating,
  lastPurchaseShown,
  liveNodes,
  type livePage,
  openOrders,
  openOrdersOf,
  revision,
  toppedUpStamps,
  topUpsShown,
} from './read-statements.ts';
import type { Asks } from './statement.ts';
import { withheldNodes } from './withheld-nodes.ts';

// Reads that consist of several statements. They see the same commits if `on` is a transaction that reads.

/** The stock counted by depth, of all nodes, and the number of the last commit. */
export async function snapshotAt(on: Asks, moment: Moment): Promise<StockSnapshot> {
  const [newest, counted, orders] = await Promise.all([
    newestRevision(on),
    countedStock(on, moment),
    openOrders(on, {}),
  ]);
  const open = orders.map(openOrderFromRow);
  return { revision: newest, depths: countByDepth(groupsOf(counted, moment, open), open) };
}

/** The number of the last commit that can change the stock. */
export async function newestRevision(on: Asks): Promise<number> {
  const [row] = await revision(on, {});
  if (!row) throw new TypeError('pool_revision has no row');
  return row.revision;
}

/** How many stamps can be acquired, by depth. */
export async function levelsAt(on: Asks, moment: Moment): Promise<ReadonlyMap<Depth, number>> {
  const [groups, withheldOf] = await Promise.all([
    stockGroups(on, { expiresFromMs: promisedExpiryMs(moment) }),
    withheldNodes(on, moment),
  ]);
  const levels = new Map<Depth, number>();
  for (const { node, state, withheld, count, tooShortLived, ...group } of groups) {
    const available = count - tooShortLived;
    if (state !== 'available' || withheld !== null || withheldOf.has(node) || available === 0) continue;
    levels.set(depth(group.depth), (levels.get(depth(group.depth)) ?? 0) + available);
  }
  return levels;
}

/** The stock of one node. */
export async function nodeStockOf(on: Asks, node: NodeName, moment: Moment): Promise<NodeStock> {
  const [counted, open, abandoned, purchases, topUps] = await Promise.all([
    countedStock(on, moment),
    openOrdersOf(on, { node }),
    abandonedOrdersOf(on, { node }),
    lastPurchaseShown(on, { node }),
    topUpsShown(on, { node }),
  ]);
  const ofNode = stockOf(counted, node);
  const orders = open.map(openOrderFromRow);
  const abandonedOrders = abandoned.map(abandonedOrderFromRow);
  const concerned = new Set(
    [...orders, ...abandonedOrders].flatMap((order) => (order.kind === 'topUp' ? order.batchId : [])),
  );
  const toppedUp = liveStampsFrom(ofNode.toppedUp, counted.withheld).filter(({ batchId }) =>
    concerned.has(batchId),
  );
  const groups = groupsOf(ofNode, moment, orders);
  return {
    depths: countByDepth(groups, orders),
    propagating: propagatingIn(groups),
    toppedUp,
    openOrders: orders,
    abandonedOrders,
    lastShown: {
      purchaseBlock: purchases[0]?.block ?? null,
      topUps: new Map(
        [...Map.groupBy(topUps, ({ batchId }) => batchId)].map(([batchId, shown]) => [
          parseBatchId(batchId),
          shown.map(shownTopUpFromRow),
        ]),
      ),
    },
  };
}

/** The stock of all nodes, node by node. */
export async function poolStockOf(on: Asks, moment: Moment): Promise<Omit<PoolStock, 'allocation'>> {
  const [counted, orders, live] = await Promise.all([
    countedStock(on, moment),
    openOrders(on, {}),
    liveNodes(on, {}),
  ]);
  const open = orders.map(openOrderFromRow);
  const nodes = stockedIn([...live, ...orders]).map((node): NodeCounts => {
    const ofNode = open.filter((order) => order.node === node);
    const groups = groupsOf(stockOf(counted, node), moment, ofNode);
    return {
      node,
      withheld: counted.withheld.get(node) ?? null,
      depths: countByDepth(groups, ofNode),
      propagating: propagatingIn(groups),
    };
  });
  return { nodes, openOrders: open };
}

export async function firstPropagatingOf(on: Asks): Promise<ReadonlyMap<Depth, Date>> {
  const [rows, withheld] = await Promise.all([firstPropagating(on, {}), withheldNodes(on, null)]);
  return firstPropagatingIn(rows, withheld);
}

/** The nodes of these, by name. */
export const stockedIn = (held: readonly { readonly node: string }[]): readonly NodeName[] =>
  [...new Set(held.map(({ node }) => node))].toSorted().map(nodeName);

const stockOf = ({ groups, toppedUp, withheld }: CountedStock, node: string): CountedStock => ({
  groups: groups.filter((group) => group.node === node),
  toppedUp: toppedUp.filter((stamp) => stamp.node === node),
  withheld,
});

/** A page of the live stamps of a node. */
export async function stampsOfPage(
  on: Asks,
  read: typeof livePage,
  { node, page }: { readonly node: NodeName; readonly page: StampPage },
): Promise<readonly LiveStamp[]> {
  const [rows, withheld] = await Promise.all([
    read(on, { node, afterId: page.after ?? '', limit: page.limit }),
    withheldNodes(on, null),
  ]);
  return liveStampsFrom(rows, withheld);
}

/** Rows that are live and not retired. */
const liveStampsFrom = (rows: readonly StampRow[], withheld: WithheldNodes): readonly LiveStamp[] =>
  rows.map((row) => liveStampFromRow(row, withheld));

interface CountedStock {
  readonly groups: readonly StockCountRow[];
  readonly withheld: WithheldNodes;
  /** The live stamps that an open or abandoned top-up is about. */
  readonly toppedUp: readonly StampRow[];
}

async function countedStock(on: Asks, moment: Moment): Promise<CountedStock> {
  const [groups, withheld, toppedUp] = await Promise.all([
    stockGroups(on, { expiresFromMs: promisedExpiryMs(moment) }),
    withheldNodes(on, moment),
    toppedUpStamps(on, {}),
  ]);
  return { groups, withheld, toppedUp };
}

function groupsOf(
  { groups, withheld, toppedUp }: CountedStock,
  { at: now, promisedTtlSeconds }: Moment,
  orders: readonly OpenOrder[],
): readonly StampGroup[] {
  const counted = groups.flatMap(({ node, count, tooShortLived, ...group }): readonly StampGroup[] => {
    const alike = {
      depth: depth(group.depth),
      state: group.state,
      withheld: withheldAs(group.withheld, withheld.get(node) ?? null),
      isToppedUp: false,
    };
    return [
      { ...alike, meetsPromise: mayMeetPromise(group), count: count - tooShortLived },
      { ...alike, meetsPromise: false, count: tooShortLived },
    ];
  });
  const underWay = toppedUpIn(orders);
  const moved = liveStampsFrom(toppedUp, withheld).filter(({ batchId }) => underWay.has(batchId));
  return [...counted, ...toppedUpGroups(moved, { now, promisedTtlSeconds, toppedUp: underWay })];
}
