import type { Action } from '../domain/action.ts';
import { claimOf } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeStock } from '../store/store.ts';
import { backOffMs } from './back-off.ts';
import { nextWait } from './waits.ts';

/** What the next look depends on. */
export interface Pace {
  readonly stock: NodeStock;
  /** The synced block; null when the node did not tell. */
  readonly block: number | null;
  readonly actions: readonly Action[];
  readonly sending: boolean;
  /** A transaction is pending for longer than usual. */
  readonly isStuck: boolean;
  /** Looks in a row that failed. */
  readonly failures: number;
  readonly draw: number;
  readonly policy: Policy;
}

/** Milliseconds until the next look, if nobody asks before: about a block while anything is on its way. Pure. */
export function nextLookMs({
  stock,
  block,
  actions,
  sending,
  isStuck,
  failures,
  draw,
  policy,
}: Pace): number {
  const intervalMs = policy.checkIntervalSeconds * 1000;
  const blockMs = Math.min(intervalMs, policy.blockTimeSeconds * 1000);
  if (isNodeChanged(actions)) return blockMs; // nothing is given out until the right node is back
  if (failures > 0) return Math.min(intervalMs, backOffMs(failures, draw));
  // The cancellation of a stuck transaction may be listed for one block only: it must not be missed.
  if (isStuck) return blockMs / 2;
  if (sending || isUnderWay(stock) || actions.some(isNotOver)) return blockMs;
  return Math.min(intervalMs, Math.max(blockMs, waitMs(stock, block, policy)));
}

export const isNodeChanged = (actions: readonly Action[]): boolean =>
  actions.some((action) => action.do === 'hold' && action.code === 'NODE_CHANGED');

/** Until the next purchase or top-up may leave that waits for what was given up. */
function waitMs(stock: NodeStock, block: number | null, { blockTimeSeconds }: Policy): number {
  const wait = block === null ? null : nextWait(stock, { block, blockTimeSeconds });
  return wait === null || block === null ? Infinity : (wait.untilBlock - block) * blockTimeSeconds * 1000;
}

const isUnderWay = ({ openOrders, stamps }: NodeStock): boolean =>
  openOrders.some((order) => claimOf(order)?.overdue !== true) ||
  stamps.some(
    (stamp) => (stamp.state === 'propagating' && stamp.withheld !== 'lost') || isGoingMissing(stamp),
  );

const isGoingMissing = (stamp: NodeStock['stamps'][number]): boolean =>
  stamp.missingSinceBlock !== null && stamp.withheld !== 'lost' && stamp.withheld !== 'in_use';

/** What was begun in this run, may fall due at once, or waits for something that passes by itself. */
const isNotOver = (action: Action): boolean =>
  action.do === 'buy' ||
  action.do === 'topUp' ||
  action.do === 'adopt' ||
  (action.do === 'hold' && ['BUSY', 'BACKING_OFF', 'TRANSACTION_PENDING'].includes(action.code));
