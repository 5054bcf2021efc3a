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
  action.do === 'hold' &&
  (action.depth === null || action.depth === depth) &&
  !IS_SOON_OVER_OR_ALLOWS_PURCHASES[action.code];

/** False: nothing is bought until an operator or the node has changed something, or for hours. */
const IS_SOON_OVER_OR_ALLOWS_PURCHASES = {
  NODE_UNREACHABLE: false,
  NODE_SYNCING: false,
  NODE_BEHIND: false,
  NODE_INVALID_RESPONSE: false,
  NODE_CHANGED: false,
  NODE_DRAINED: false,
  CHAIN_DISABLED: false,
  PRICE_UNKNOWN: false,
  PRICE_TOO_HIGH: false,
  ORDER_ABOVE_LIMIT: false,
  BUDGET: false,
  WALLET_BZZ: false,
  WALLET_XDAI: false,
  PURCHASE_NOT_SHOWN: false,
  PURCHASE_ABANDONED: false,
  NODE_PINNED: true,
  OBSERVATION_OLD: true,
  BUSY: true,
  BACKING_OFF: true,
  TRANSACTION_PENDING: true,
  OTHER_NODE: true,
  NOTHING_TO_DO: true,
  NOT_ADOPTED: true,
  TOP_UP_NOT_SHOWN: true,
  TOP_UP_ABANDONED: true,
} as const satisfies Record<HoldCode, boolean>;
