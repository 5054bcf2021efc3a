import type { HoldCode } from '../domain/action.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { DepthLevel } from '../domain/reserve.ts';
import type { Depth, NodeName } from '../domain/units.ts';

interface Prospects {
  readonly levels: readonly Pick<DepthLevel, 'depth' | 'available' | 'onOrder' | 'target'>[];
  /** The names of the nodes in the settings. */
  readonly nodes: readonly NodeName[];
  /** The last run of each node that has made one. */
  readonly runs: readonly Pick<MaintenanceRun, 'node' | 'actions'>[];
}

/** The depths of which a stamp is bought soon: one is missing, and not every node has decided to hold its purchase. Pure. */
export function boughtSoon({ levels, nodes, runs }: Prospects): ReadonlySet<Depth> {
  const isHeld = (depth: Depth): boolean =>
    nodes.length > 0 &&
    nodes.every((name) =>
      runs.find(({ node }) => node.name === name)?.actions.some((action) => holds(action, depth)),
    );
  return new Set(
    levels
      .filter(({ available, onOrder, target }) => available + onOrder < target)
      .map(({ depth }) => depth)
      .filter((depth) => !isHeld(depth)),
  );
}

const holds = (action: MaintenanceRun['actions'][number], depth: Depth): boolean =>
  action.do === 'hold' && (action.depth === null || action.depth === depth) && STOPS_PURCHASES[action.code];

/** True: nothing is bought until an operator or the node has changed something, or for hours. */
const STOPS_PURCHASES = {
  NODE_UNREACHABLE: true,
  NODE_SYNCING: true,
  NODE_BEHIND: true,
  NODE_INVALID_RESPONSE: true,
  NODE_CHANGED: true,
  NODE_DRAINED: true,
  CHAIN_DISABLED: true,
  PRICE_UNKNOWN: true,
  PRICE_TOO_HIGH: true,
  ORDER_ABOVE_LIMIT: true,
  BUDGET: true,
  WALLET_BZZ: true,
  WALLET_XDAI: true,
  PURCHASE_NOT_SHOWN: true,
  PURCHASE_ABANDONED: true,
  NODE_PINNED: false,
  OBSERVATION_OLD: false,
  BUSY: false,
  BACKING_OFF: false,
  TRANSACTION_PENDING: false,
  OTHER_NODE: false,
  NOTHING_TO_DO: false,
  NOT_ADOPTED: false,
  TOP_UP_NOT_SHOWN: false,
  TOP_UP_ABANDONED: false,
} as const satisfies Record<HoldCode, boolean>;
