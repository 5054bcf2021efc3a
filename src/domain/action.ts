import type { IncidentCode } from './incident.ts';
import type { BatchBalance } from './order.ts';
import { type BatchId, type Depth, formatBzz, type Plur } from './units.ts';

/** Why nothing is done about a need, or about anything: where an operator must know, the incident of the same name says more. */
export const HOLD_CODES = [
  'DISABLED',
  'NODE_UNREACHABLE',
  'NODE_SYNCING',
  'NODE_BEHIND',
  'NODE_NONSENSE',
  'CHAIN_DISABLED',
  'PRICE_UNKNOWN',
  'PRICE_TOO_HIGH',
  'ORDER_TOO_DEAR',
  'BUDGET',
  'WALLET_BZZ',
  'WALLET_XDAI',
  'BUSY',
  'BACKING_OFF',
  'TRANSACTION_PENDING',
  'NOTHING_TO_DO',
] as const;

export type HoldCode = (typeof HOLD_CODES)[number];

/** What a turn does, as data, each with its reason in words: what the log prints, the operator reads, the test asserts. */
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
  ORDER_TOO_DEAR: 'ORDER_TOO_DEAR',
  BUDGET: 'BUDGET',
  WALLET_BZZ: 'WALLET_BZZ',
  WALLET_XDAI: 'WALLET_XDAI',
  NODE_UNREACHABLE: 'NODE_UNREACHABLE',
  NODE_SYNCING: 'NODE_SYNCING',
  NODE_BEHIND: 'NODE_BEHIND',
  NODE_NONSENSE: 'NODE_NONSENSE',
  CHAIN_DISABLED: 'CHAIN_DISABLED',
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
