import type { IncidentCode } from './incident.ts';
import type { BatchBalance } from './order.ts';
import { type BatchId, type Depth, formatBzz, type Plur } from './units.ts';

/** Why an action is held. If an incident has the same code, it is reported to the operator. */
export const HOLD_MEANINGS = {
  NODE_UNREACHABLE: { description: 'The node does not answer.' },
  NODE_SYNCING: { description: 'The node is still syncing.' },
  NODE_BEHIND: { description: 'The node is too far behind the chain to decide on what it shows.' },
  NODE_INVALID_RESPONSE: { description: 'The node, or something in front of it, gave an invalid response.' },
  NODE_CHANGED: { description: 'Another node answers than the one that owns the stock.' },
  CHAIN_DISABLED: { description: 'The node runs without a chain.' },
  PRICE_UNKNOWN: { description: 'The node does not know the price of storage.' },
  PRICE_TOO_HIGH: { description: 'The price of storage is above STAMP_POOL_MAX_PRICE_PLUR.' },
  ORDER_ABOVE_LIMIT: { description: 'One order would cost more than STAMP_POOL_MAX_ORDER_BZZ.' },
  BUDGET: { description: 'The daily spending limit is reached.' },
  WALLET_BZZ: { description: 'The wallet has too little BZZ.' },
  WALLET_XDAI: { description: 'The wallet has too little xDAI for gas.' },
  BUSY: { description: 'Another on-chain operation is under way: a node does one at a time.' },
  BACKING_OFF: { description: 'The node refused the last request. The pool waits before it retries.' },
  TRANSACTION_PENDING: { description: 'A postage transaction of the node is pending.' },
  NOT_ADOPTED: {
    description: 'Batches listed in STAMP_POOL_ADOPT are not taken in; the reason says which, and why.',
  },
  PURCHASE_NOT_SHOWN: {
    description:
      'The node does not show a batch that it answered was bought. Nothing more is bought until it does, or until the wait is over.',
  },
  PURCHASE_ABANDONED: {
    description: 'Purchases in a row were given up. The pool waits before the next one, longer each time.',
  },
  TOP_UP_NOT_SHOWN: {
    description:
      'The node does not show a top-up that it answered was made. Nothing more is paid for that stamp until it does.',
  },
  TOP_UP_ABANDONED: {
    description:
      'Top-ups of this stamp in a row were given up. The pool waits before the next one, longer each time.',
  },
  NOTHING_TO_DO: { description: 'Every target is met, counting what is on order.' },
} as const;

export type HoldCode = keyof typeof HOLD_MEANINGS;

/** What a run does, as data, each with its reason in words: what the log prints, the operator reads, the test asserts. */
export type Action =
  | {
      readonly do: 'buy';
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
  /** Not acting is a decision too. */
  | {
      readonly do: 'hold';
      readonly code: HoldCode;
      /** The depth whose need waits; null when nothing in particular does. */
      readonly depth: Depth | null;
      /** What would be spent; null when it is not known or nothing would. */
      readonly cost: Plur | null;
      readonly reason: string;
    };

export type Hold = Extract<Action, { do: 'hold' }>;

/** Holds that an operator must hear of. The rest is the ordinary course of things. */
export const HOLD_INCIDENTS = {
  PRICE_UNKNOWN: 'PRICE_UNKNOWN',
  PRICE_TOO_HIGH: 'PRICE_TOO_HIGH',
  ORDER_ABOVE_LIMIT: 'ORDER_ABOVE_LIMIT',
  BUDGET: 'BUDGET',
  WALLET_BZZ: 'WALLET_BZZ',
  WALLET_XDAI: 'WALLET_XDAI',
  NODE_UNREACHABLE: 'NODE_UNREACHABLE',
  NODE_SYNCING: 'NODE_SYNCING',
  NODE_BEHIND: 'NODE_BEHIND',
  NODE_INVALID_RESPONSE: 'NODE_INVALID_RESPONSE',
  NODE_CHANGED: 'NODE_CHANGED',
  CHAIN_DISABLED: 'CHAIN_DISABLED',
  PURCHASE_ABANDONED: 'PURCHASE_ABANDONED',
  TOP_UP_ABANDONED: 'TOP_UP_ABANDONED',
} as const satisfies Partial<Record<HoldCode, IncidentCode>>;

/** One line for the log. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'buy':
      return `buy a stamp of depth ${action.depth} for ${formatBzz(action.cost)}: ${action.reason}`;
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
