import type { OpenOrder } from '../../domain/order.ts';
import { countByDepth, type DepthCount, groupOf, type StampGroup, toppedUpIn } from '../../domain/reserve.ts';
import { isLiveState, type LiveStamp, withheldAs } from '../../domain/stamp.ts';
import { type Depth, depth, type NodeName, nodeName, parseBatchId } from '../../domain/units.ts';
import type { Moment, NodeStock } from '../store.ts';
import { changedNodes } from './giving-nodes.ts';
import { abandonedOrderFromRow, openOrderFromRow } from './order-row.ts';
import { liveStampFromRow } from './stamp-row.ts';
import type { StampRow } from './statement-types.ts';
import type { Statements } from './statements.ts';
import type { Tables } from './write-change.ts';

/** The stock of all nodes, counted by depth. */
export function countedAt(tables: Tables, moment: Moment): readonly DepthCount[] {
  const { statements, counts } = tables;
  const changed = changedNodes(statements);
  const openOrders = statements.openOrders.all({}).map(openOrderFromRow);
  const groups = counts.groups(expiresFromMs(moment)).map(
    (group): StampGroup => ({
      depth: depth(group.depth),
      state: group.state,
      withheld: withheldAs(group.withheld, changed.has(group.node)),
      meetsPromise: group.meetsPromise === 1,
      isToppedUp: false,
      count: group.count,
    }),
  );
  return countByDepth([...groups, ...toppedUpGroups(statements, openOrders, moment)], openOrders);
}

/** Moves the few stamps with a top-up under way from the group that they are counted in to one of their own. */
function toppedUpGroups(
  statements: Statements,
  openOrders: readonly OpenOrder[],
  { at, promisedTtlSeconds }: Moment,
): readonly StampGroup[] {
  const toppedUp = toppedUpIn(openOrders);
  const rows = [...toppedUp].flatMap((batchId) => statements.stamp.get({ batchId }) ?? []);
  const live = rows.filter(({ state, retiredAddress }) => isLiveState(state) && retiredAddress === null);
  return liveStamps(statements, live).flatMap((stamp) => {
    const group = groupOf(stamp, { now: at, promisedTtlSeconds, toppedUp });
    return [group, { ...group, isToppedUp: false, count: -1 }];
  });
}

/** How many stamps can be acquired, by depth. */
export function levelsAt({ statements, counts }: Tables, moment: Moment): ReadonlyMap<Depth, number> {
  const changed = changedNodes(statements);
  const levels = new Map<Depth, number>();
  for (const { node, withheld, meetsPromise, count, ...group } of counts.groups(expiresFromMs(moment))) {
    if (meetsPromise === 0 || withheld !== null || changed.has(node)) continue;
    levels.set(depth(group.depth), (levels.get(depth(group.depth)) ?? 0) + count);
  }
  return levels;
}

/** A stamp that expires earlier has less than the promised time to live at that moment. */
export const expiresFromMs = ({ at, promisedTtlSeconds }: Moment): number =>
  at.getTime() + promisedTtlSeconds * 1000;

/** Live stamps, open orders and abandoned orders of one node. */
export const nodeStockOf = (statements: Statements, node: NodeName): NodeStock => ({
  stamps: liveStamps(statements, statements.liveStampsOf.all({ node })),
  openOrders: statements.openOrdersOf.all({ node }).map(openOrderFromRow),
  abandonedOrders: statements.abandonedOrdersOf.all({ node }).map(abandonedOrderFromRow),
  lastShown: {
    purchaseBlock: statements.lastPurchaseShown.get({ node })?.block ?? null,
    topUpBlocks: new Map(
      statements.lastTopUpsShown
        .all({ node })
        .flatMap(({ batchId, block }) => (block === null ? [] : [[parseBatchId(batchId), block]])),
    ),
  },
});

/** The nodes with a live stamp or an open order, by name. */
export function stockedNodes(statements: Statements): readonly NodeName[] {
  const names = new Set(statements.openOrders.all({}).map(({ node }) => node));
  for (let next = statements.liveNodeAbove.get({ node: '' }); next; next = statements.liveNodeAbove.get(next))
    names.add(next.node);
  return [...names].toSorted().map(nodeName);
}

function liveStamps(statements: Statements, rows: readonly StampRow[]): readonly LiveStamp[] {
  const changed = changedNodes(statements);
  return rows.map((row) => liveStampFromRow(row, changed));
}
