import type { AwayBound } from '../../domain/node.ts';
import type { OpenOrder } from '../../domain/order.ts';
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
import { promisedExpiryMs } from '../moment.ts';
import { abandonedOrderFromRow, openOrderFromRow } from '../rows/order-row.ts';
import type { StampRow } from '../rows/row-types.ts';
import { liveStampFromRow } from '../rows/stamp-row.ts';
import type { Moment, NodeStock } from '../store.ts';
import { withheldNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';
import type { Tables } from './write-change.ts';

/** The stock counted by depth, of all nodes. */
export function countedAt(tables: Tables, moment: Moment): readonly DepthCount[] {
  const openOrders = tables.statements.openOrders.all({}).map(openOrderFromRow);
  return countByDepth(groupsOf(tables, moment, openOrders), openOrders);
}

/** Of all nodes, or of one. */
function groupsOf(
  { statements, counts }: Tables,
  moment: Moment,
  openOrders: readonly OpenOrder[],
  node: NodeName | null = null,
): readonly StampGroup[] {
  const withheld = withheldNodes(statements, moment);
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
  const moved = liveStampsIn(statements, toppedUp, moment).filter(
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
  const groups = groupsOf(tables, moment, openOrders, node);
  const topUps = [...openOrders, ...abandonedOrders].flatMap((order) =>
    order.kind === 'topUp' ? order.batchId : [],
  );
  const toppedUp = liveStampsIn(statements, new Set(topUps), moment).filter((stamp) => stamp.node === node);
  return {
    depths: countByDepth(groups, openOrders),
    propagating: propagatingIn(groups),
    toppedUp: toppedUp.toSorted((a, b) => (a.batchId < b.batchId ? -1 : 1)),
    openOrders,
    abandonedOrders,
    lastShown: {
      purchaseBlock: statements.lastPurchaseShown.get({ node })?.block ?? null,
      topUpBlocks: new Map(
        toppedUp.flatMap(({ batchId }) => {
          const block = statements.lastTopUpShown.get({ batchId })?.block ?? null;
          return block === null ? [] : [[batchId, block] as const];
        }),
      ),
    },
  };
}

/** The stock of all nodes, node by node. */
export function poolStockOf(tables: Tables, moment: Moment): Omit<PoolStock, 'allocation'> {
  const { statements } = tables;
  const openOrders = statements.openOrders.all({}).map(openOrderFromRow);
  const withheld = withheldNodes(statements, moment);
  const nodes = stockedNodes(statements).map((node): NodeCounts => {
    const orders = openOrders.filter((order) => order.node === node);
    const groups = groupsOf(tables, moment, orders, node);
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
export function stockedNodes(statements: Statements): readonly NodeName[] {
  const names = new Set(statements.openOrders.all({}).map(({ node }) => node));
  for (let next = statements.liveNodeAbove.get({ node: '' }); next; next = statements.liveNodeAbove.get(next))
    names.add(next.node);
  return [...names].toSorted().map(nodeName);
}

/** Of these batches, those that are live and not retired. */
function liveStampsIn(
  statements: Statements,
  batchIds: ReadonlySet<BatchId>,
  bound: AwayBound,
): readonly LiveStamp[] {
  const rows = [...batchIds].flatMap((batchId) => statements.stamp.get({ batchId }) ?? []);
  return liveStampsFrom(
    statements,
    rows.filter(({ state, retiredAddress }) => isLiveState(state) && retiredAddress === null),
    bound,
  );
}

/** Rows that are live and not retired. */
export function liveStampsFrom(
  statements: Statements,
  rows: readonly StampRow[],
  bound: AwayBound | null = null,
): readonly LiveStamp[] {
  const withheld = withheldNodes(statements, bound);
  return rows.map((row) => liveStampFromRow(row, withheld));
}
