import type { Action } from '../domain/action.ts';
import type { Policy } from '../domain/policy.ts';
import type { NodeStock } from '../store/store.ts';

/** First wait after a refusal; doubled with each further one. */
const FIRST_BACK_OFF_MS = 2000;
const LONGEST_BACK_OFF_MS = 5 * 60_000;
/** Even an impatient draw leaves the node alone for so long. */
const SHORTEST_BACK_OFF_MS = 500;

/** Exponential with full jitter: `draw` is from 0 to 1, `failures` counts from 1. */
export function backOffMs(failures: number, draw: number): number {
  const ceiling = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(failures - 1, 20));
  return Math.max(SHORTEST_BACK_OFF_MS, Math.round(ceiling * draw));
}

/** What the next look depends on. */
export interface Pace {
  readonly stock: NodeStock;
  readonly actions: readonly Action[];
  readonly sending: boolean;
  /** Looks in a row that failed. */
  readonly failures: number;
  readonly draw: number;
  readonly policy: Policy;
}

/** Milliseconds until the next look, if nobody asks before: about a block while anything is on its way. Pure. */
export function nextLookMs({ stock, actions, sending, failures, draw, policy }: Pace): number {
  const intervalMs = policy.checkIntervalSeconds * 1000;
  const blockMs = Math.min(intervalMs, policy.blockTimeSeconds * 1000);
  if (isNodeChanged(actions)) return blockMs; // nothing is given out until the right node is back
  if (failures > 0) return Math.min(intervalMs, backOffMs(failures, draw));
  return sending || isUnderWay(stock) || actions.some(isNotOver) ? blockMs : intervalMs;
}

export const isNodeChanged = (actions: readonly Action[]): boolean =>
  actions.some((action) => action.do === 'hold' && action.code === 'NODE_CHANGED');

const isUnderWay = ({ openOrders, stamps }: NodeStock): boolean =>
  openOrders.length > 0 ||
  stamps.some(
    (stamp) => (stamp.state === 'propagating' && stamp.withheld !== 'lost') || isGoingMissing(stamp),
  );

const isGoingMissing = (stamp: NodeStock['stamps'][number]): boolean =>
  stamp.missingSinceBlock !== null && stamp.withheld !== 'lost' && stamp.withheld !== 'in_use';

/** What was begun in this turn, may fall due at once, or waits for something that passes by itself. */
const isNotOver = (action: Action): boolean =>
  action.do === 'buy' ||
  action.do === 'topUp' ||
  action.do === 'adopt' ||
  (action.do === 'hold' && ['BUSY', 'BACKING_OFF', 'TRANSACTION_PENDING'].includes(action.code));
