import type { Action } from '../domain/action.ts';
import { claimOf } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import type { LiveStamp } from '../domain/stamp.ts';
import type { NodeStock } from '../store/store.ts';
import { backOffMs } from './back-off.ts';
import { nextCooldown } from './cooldown.ts';
import { pauseMs } from './pause.ts';

/** Milliseconds until the next run, unless one is requested earlier: about a block while something is under way. Pure. */
export function nextRunInMs({
  stock,
  listed,
  isStampUnderWay,
  block,
  actions,
  sending,
  isCanaryListed,
  hasSlowTransaction,
  failures,
  jitter,
  policy,
}: ScheduleInput): number {
  // often enough that the stamps of a node that is well are not withheld
  const intervalMs = Math.min(policy.runIntervalSeconds, policy.nodeAwaySeconds / 3) * 1000;
  const blockMs = Math.min(intervalMs, policy.blockTimeSeconds * 1000);
  if (isNodeChanged(actions)) return blockMs; // its stock is withheld until the right node answers again
  if (failures > 0) return Math.min(intervalMs, backOffMs(failures, jitter));
  // The cancellation of a stuck transaction may be listed for one block only, and must not be missed.
  if (hasSlowTransaction) return blockMs / 2;
  const soonMs = Math.min(intervalMs, Math.max(blockMs, pauseMs(listed)));
  if (sending || isCanaryListed || isStampUnderWay || isOrderUnderWay(stock) || actions.some(isUnfinished))
    return soonMs;
  return Math.min(intervalMs, Math.max(soonMs, cooldownMs(stock, block, policy)));
}

export interface ScheduleInput {
  /** After the observation was settled. */
  readonly stock: NodeStock;
  /** How many stamps the node has listed; 0 if the observation was not complete. */
  readonly listed: number;
  /** A stamp of the node is not usable yet, or is going missing. */
  readonly isStampUnderWay: boolean;
  /** The synced block; null if the node did not show it. */
  readonly block: number | null;
  readonly actions: readonly Action[];
  readonly sending: boolean;
  /** The node lists its canary, and does not show it as usable yet. */
  readonly isCanaryListed: boolean;
  readonly hasSlowTransaction: boolean;
  /** How many runs in a row had no fresh observation. */
  readonly failures: number;
  /** From 0 to 1. */
  readonly jitter: number;
  readonly policy: Policy;
}

export const isNodeChanged = (actions: readonly Action[]): boolean =>
  actions.some((action) => action.do === 'hold' && action.code === 'NODE_CHANGED');

/** Until the next purchase or top-up that waits after abandoned orders. */
function cooldownMs(stock: NodeStock, block: number | null, { blockTimeSeconds }: Policy): number {
  const cooldown = block === null ? null : nextCooldown(stock, { block, blockTimeSeconds });
  return cooldown === null || block === null
    ? Infinity
    : (cooldown.untilBlock - block) * blockTimeSeconds * 1000;
}

const isOrderUnderWay = ({ openOrders }: NodeStock): boolean =>
  openOrders.some((order) => claimOf(order)?.overdue !== true);

/** The next observations may change it without an operator. Pure. */
export const isUnderWay = (stamp: LiveStamp): boolean =>
  (stamp.state === 'propagating' && stamp.withheld !== 'lost') || isGoingMissing(stamp);

const isGoingMissing = (stamp: LiveStamp): boolean =>
  stamp.missingSinceBlock !== null && stamp.withheld !== 'lost' && stamp.withheld !== 'in_use';

/** An action that this run began, or that waits for something that ends without an operator. */
const isUnfinished = (action: Action): boolean =>
  action.do === 'buy' ||
  action.do === 'topUp' ||
  action.do === 'adopt' ||
  (action.do === 'hold' &&
    ['BUSY', 'BACKING_OFF', 'TRANSACTION_PENDING', 'OTHER_NODE'].includes(action.code));
