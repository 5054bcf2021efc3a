import type { AbandonedOrder, OpenOrder } from '../../domain/order.ts';
import {
  countByDepth,
  type DepthCount,
  propagatingIn,
  type StampGroup,
  toppedUpGroups,
  toppedUpIn,
} from '../../domain/reserve.ts';
import { isLiveState, type LiveStamp, withheldAs } from '../../domain/stamp.ts';
import { type BatchId, type Depth, depth, type NodeName, nodeName } from '../../domain/units.ts';
import type { NodeCounts, PoolStock } from '../allocation-store.ts';
import type { Moment } from '../moment.ts';
import { promisedExpiryMs } from '../moment.ts';
import { abandonedOrderFromRow, openOrderFromRow } from '../rows/order-row.ts';
import { shownTopUpFromRow } from '../rows/shown-top-ups.ts';
import { liveStampFromRow } from '../rows/stamp-row.ts';
import type { WithheldNodes } from '../rows/withheld-nodes.ts';
import type { NodeStock, StampPage } from '../store.ts';
import { withheldNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';
import type { Tables } from './write-change.ts';

/** The stock counted by depth, of all nodes. */
export function countedAt(tables: Tables, moment: Moment): readonly DepthCount[] {
  const openOrders = tables.statements.openOrders.all({}).map(openOrderFromRow);
  const withheld = withheldNodes(tables.statements, moment);
  return countByDepth(groupsOf(tables, { moment, withheld, openOrders, node: null }), openOrders);
}

interface GroupsRequest {
  readonly moment: Moment;
  readonly withheld: WithheldNodes;
  readonly openOrders: readonly OpenOrder[];
  /** null: of all nodes. */
  readonly node: NodeName | null;
}

function groupsOf(
  { statements, counts }: Tables,
  { moment, withheld, openOrders, node }: GroupsRequest,
): readonly StampGroup[] {
  const groups = counts
    .groups(promisedExpiryMs(moment))
    .filter((group) => node === null || group.node === node)
    .map(
      (group): StampGroup => ({
        depth: depth(group.depth),
        state: group.state,
        withheld: withheldAs(group.withheld, withheld.get(group.node) ?? null),
        meetsPromise: group.meetsPromise === 1,
        isToppedUp: false,
        count: group.count,
      }),
    );
  const toppedUp = toppedUpIn(openOrders);
  const moved = liveStampsIn(statements, toppedUp, withheld).filter(
    (stamp) => node === null || stamp.node === node,
  );
  const { at: now, promisedTtlSeconds } = moment;
  return [...groups, ...toppedUpGroups(moved, { now, promisedTtlSeconds, toppedUp })];
}

/** How many stamps can be acquired, by depth. */
export function levelsAt({ statements, counts }: Tables, moment: Moment): ReadonlyMap<Depth, number> {
  const withheldOf = withheldNodes(statements, moment);
  const levels = new Map<Depth, number>();
  for (const { node, withheld, meetsPromise, count, ...group } of counts.groups(promisedExpiryMs(moment))) {
    if (meetsPromise === 0 || withheld !== null || withheldOf.has(node)) continue;
    levels.set(depth(group.depth), (levels.get(depth(group.depth)) ?? 0) + count);
  }
  return levels;
}

/** The stock of one node. */
export function nodeStockOf(tables: Tables, node: NodeName, moment: Moment): NodeStock {
  const { statements } = tables;
  const openOrders = statements.openOrdersOf.all({ node }).map(openOrderFromRow);
  const abandonedOrders = statements.abandonedOrdersOf.all({ node }).map(abandonedOrderFromRow);
  const withheld = withheldNodes(statements, moment);
  const groups = groupsOf(tables, { moment, withheld, openOrders, node });
  const planned = firstPlanned([...openOrders, ...abandonedOrders]);
  const toppedUp = liveStampsIn(statements, new Set(planned.keys()), withheld).filter(
    (stamp) => stamp.node === node,
  );
  return {
    depths: countByDepth(groups, openOrders),
    propagating: propagatingIn(groups),
    toppedUp: toppedUp.toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1)),
    openOrders,
    abandonedOrders,
    lastShown: {
      purchaseBlock: statements.lastPurchaseShown.get({ node })?.block ?? null,
      topUps: new Map(
        [...planned].flatMap(([batchId, sinceBlock]) => {
          const shown = statements.topUpsShown.all({ batchId, sinceBlock });
          return shown.length === 0 ? [] : [[batchId, shown.map(shownTopUpFromRow)] as const];
        }),
      ),
    },
  };
}

/** By batch, at which block the first of these top-ups was planned. */
function firstPlanned(orders: readonly (OpenOrder | AbandonedOrder)[]): ReadonlyMap<BatchId, number> {
  const blocks = new Map<BatchId, number>();
  for (const order of orders) {
    if (order.kind !== 'topUp') continue;
    const { batchId, plannedAtBlock } = order;
    blocks.set(batchId, Math.min(plannedAtBlock, blocks.get(batchId) ?? plannedAtBlock));
  }
  return blocks;
}

/** The stock of all nodes, node by node. */
export function poolStockOf(tables: Tables, moment: Moment): Omit<PoolStock, 'allocation'> {
  const { statements } = tables;
  const openOrders = statements.openOrders.all({}).map(openOrderFromRow);
  const withheld = withheldNodes(statements, moment);
  const nodes = stockedNodes(statements, openOrders).map((node): NodeCounts => {
    const orders = openOrders.filter((order) => order.node === node);
    const groups = groupsOf(tables, { moment, withheld, openOrders: orders, node });
    return {
      node,
      withheld: withheld.get(node) ?? null,
      depths: countByDepth(groups, orders),
      propagating: propagatingIn(groups),
    };
  });
  return { nodes, openOrders };
}

/** The nodes with a live stamp or an open order, by name. */
export function stockedNodes(
  statements: Statements,
  openOrders: readonly { readonly node: string }[],
): readonly NodeName[] {
  const names = new Set(openOrders.map(({ node }) => node));
  for (let next = statements.liveNodeAbove.get({ node: '' }); next; next = statements.liveNodeAbove.get(next))
    names.add(next.node);
  return [...names].toSorted().map(nodeName);
}

/** Of these batches, those that are live and not retired. */
function liveStampsIn(
  statements: Statements,
  batchIds: ReadonlySet<BatchId>,
  withheld: WithheldNodes,
): readonly LiveStamp[] {
  return [...batchIds]
    .flatMap((batchId) => statements.stamp.get({ batchId }) ?? [])
    .filter(({ state, retiredAddress }) => isLiveState(state) && retiredAddress === null)
    .map((row) => liveStampFromRow(row, withheld));
}

/** The live stamps of a node, page by page. */
export const livePage = (statements: Statements, node: NodeName, page: StampPage): readonly LiveStamp[] =>
  stampsOn(statements, statements.livePage, { node, ...page });

/** Of these, those that `Store.watchedStamps` returns. */
export const watchedPage = (statements: Statements, node: NodeName, page: StampPage): readonly LiveStamp[] =>
  stampsOn(statements, statements.watchedPage, { node, ...page });

function stampsOn(
  statements: Statements,
  statement: Pick<Statements['livePage'], 'all'>,
  { node, after, limit }: StampPage & { readonly node: NodeName },
): readonly LiveStamp[] {
  const rows = statement.all({ node, afterId: after ?? '', limit });
  const withheld = withheldNodes(statements, null);
  return rows.map((row) => liveStampFromRow(row, withheld));
}
