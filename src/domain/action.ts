import type { IncidentCode } from './incident.ts';
import type { LogLine } from './log-event.ts';
import type { BatchBalance, Purpose } from './order.ts';
import { type BatchId, type Depth, formatBzz, type Plur } from './units.ts';

/** Why an action is held. */
export const HOLD_MEANINGS = {
  NODE_UNREACHABLE: { description: 'The node does not answer.' },
  NODE_SYNCING: { description: 'The node is still syncing.' },
  NODE_BEHIND: { description: 'The node is too far behind the chain: what it shows is outdated.' },
  OBSERVATION_OLD: {
    description: 'More than two minutes passed between the observation of the node and the plan.',
  },
  NODE_INVALID_RESPONSE: { description: 'The node, or a proxy in front of it, gave an invalid response.' },
  NODE_PINNED: {
    description:
      'The run has recorded the address and the chain of a new node. The next run compares them with those of the other nodes.',
  },
  NODE_CHANGED: {
    description:
      'A node answers that is not the one that owns the stock, or not on the chain of the stock or of the other nodes.',
  },
  CHAIN_DISABLED: { description: 'The node runs without a chain.' },
  PRICE_UNKNOWN: { description: 'The node does not show a price of storage.' },
  PRICE_TOO_HIGH: { description: 'The price of storage is above STAMP_POOL_MAX_PRICE_PLUR.' },
  ORDER_ABOVE_LIMIT: { description: 'The order would cost more than STAMP_POOL_MAX_ORDER_BZZ.' },
  BUDGET: { description: 'The daily spending limit is reached.' },
  WALLET_BZZ: { description: 'The wallet has too little BZZ.' },
  WALLET_XDAI: { description: 'The wallet has too little xDAI for gas.' },
  BUSY: { description: 'An on-chain operation of the node is under way. A node does one at a time.' },
  BACKING_OFF: { description: 'The node refused the last request. The pool waits before it retries.' },
  TRANSACTION_PENDING: { description: 'A postage transaction of the node is pending.' },
  NOT_ADOPTED: {
    description: 'A batch listed in STAMP_POOL_ADOPT is not adopted. The reason names it, and says why.',
  },
  PURCHASE_NOT_SHOWN: {
    description:
      'Bee confirmed a purchase, but the node does not list the batch. Nothing more is bought until it does, or until the pause ends.',
  },
  PURCHASE_ABANDONED: {
    description: 'The last purchases were abandoned. The pool pauses before the next one, longer each time.',
  },
  TOP_UP_NOT_SHOWN: {
    description:
      'Bee confirmed a top-up, but the node does not show it. Nothing more is paid for that stamp until it does.',
  },
  TOP_UP_ABANDONED: {
    description:
      'The last top-ups of this stamp were abandoned. The pool pauses before the next one, longer each time.',
  },
  OTHER_NODE: { description: 'Another node buys what is missing.' },
  NODE_DRAINED: {
    description:
      'STAMP_POOL_NODE_DRAIN names the node. It gives out what it has, and buys and tops up nothing.',
  },
  NOTHING_TO_DO: { description: 'Every target is met, including stamps on order.' },
} as const;

export type HoldCode = keyof typeof HOLD_MEANINGS;
export const isHoldCode = (text: string): text is HoldCode => Object.hasOwn(HOLD_MEANINGS, text);

/** What a run does, as data. Each action has its reason as text, for the log and the operator. */
export type Action =
  | {
      readonly do: 'buy';
      readonly purpose: Purpose;
      readonly depth: Depth;
      readonly amount: Plur;
      readonly cost: Plur;
      readonly reason: string;
    }
  | {
      readonly do: 'topUp';
      readonly batchId: BatchId;
      readonly depth: Depth;
      readonly amount: Plur;
      readonly cost: Plur;
      readonly before: BatchBalance;
      readonly reason: string;
    }
  | { readonly do: 'expire'; readonly batchId: BatchId; readonly depth: Depth; readonly reason: string }
  | { readonly do: 'adopt'; readonly batchId: BatchId; readonly depth: Depth; readonly reason: string }
  /** A decision not to act. */
  | {
      readonly do: 'hold';
      readonly code: HoldCode;
      /** The depth that needs a stamp; null if the hold is about no depth. */
      readonly depth: Depth | null;
      /** What the action would cost; null if unknown or nothing. */
      readonly cost: Plur | null;
      readonly reason: string;
    };

export type Hold = Extract<Action, { do: 'hold' }>;

/** Holds that are reported to the operator, as incidents of the same code. The others are expected in normal operation. */
const REPORTED_HOLDS = [
  'PRICE_UNKNOWN',
  'PRICE_TOO_HIGH',
  'ORDER_ABOVE_LIMIT',
  'BUDGET',
  'WALLET_BZZ',
  'WALLET_XDAI',
  'NODE_UNREACHABLE',
  'NODE_SYNCING',
  'NODE_BEHIND',
  'OBSERVATION_OLD',
  'NODE_INVALID_RESPONSE',
  'NODE_CHANGED',
  'CHAIN_DISABLED',
  'PURCHASE_ABANDONED',
  'TOP_UP_ABANDONED',
] as const satisfies readonly (HoldCode & IncidentCode)[];

export const isReportedHold = (code: string): code is (typeof REPORTED_HOLDS)[number] =>
  REPORTED_HOLDS.some((reported) => reported === code);

/** One line for the log. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'buy':
      return `buy a ${action.purpose === 'canary' ? 'canary' : 'stamp'} of depth ${action.depth} for ${formatBzz(action.cost)}: ${action.reason}`;
    case 'topUp':
      return `top up ${action.batchId} for ${formatBzz(action.cost)}: ${action.reason}`;
    case 'expire':
      return `expire ${action.batchId}: ${action.reason}`;
    case 'adopt':
      return `adopt ${action.batchId}: ${action.reason}`;
    case 'hold':
      return `hold (${action.code}): ${action.reason}`;
  }
}

/** The log line of a decision not to act, and of one that is not about an order. */
export const lineOfAction = (action: Exclude<Action, { do: 'buy' | 'topUp' }>): LogLine => {
  const message = describeAction(action);
  const { depth, reason } = action;
  if (action.do === 'hold') return { fields: { event: 'held', code: action.code, depth, reason }, message };
  const event = action.do === 'adopt' ? 'adopted' : 'expired';
  return { fields: { event, batchId: action.batchId, depth, reason }, message };
};
