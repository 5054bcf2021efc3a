import type { Change } from '../domain/change.ts';
import type { NodeRecord } from '../domain/node.ts';
import type { CompleteObservation, Freshness, Observation } from '../domain/observation.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { checkHead, type Head } from './chain-head.ts';
import { type BlockPace, NO_BLOCK_PACE, trackBlockPace } from './clock-monitor.ts';
import { type Streak, verifyIdentity } from './identity.ts';
import {
  NO_TRANSACTIONS,
  overToWrite,
  type TransactionHistory,
  trackTransactions,
} from './stuck-transactions.ts';

/** Decides what an observation may be used for, by comparison with the earlier ones and with the node on disk. Pure. */
export function assess(
  observed: Observation,
  { history, record, overOnDisk, nowMs, blockTimeSeconds }: AssessInput,
): Assessment {
  const at = { nowMs, blockTimeSeconds };
  const over = new Set([...history.transactions.over, ...overOnDisk]);
  const transactions = trackTransactions({ ...history.transactions, over }, observed, at);
  const { observation } = transactions;
  const identity = verifyIdentity({ observation, record, streak: history.streak });
  const { freshness, head } = checkHead(identity.freshness, { head: history.head, ...at });
  const pace = trackBlockPace(history.pace, freshness, at);
  const own = observation.is === 'complete' && !isChanged(freshness) ? observation : null;
  const unsaved = overToWrite(transactions.history, { node: observation.node, onDisk: overOnDisk });
  return {
    observation,
    freshness,
    own,
    history: { streak: identity.streak, head, pace: pace.pace, transactions: transactions.history },
    changes: [...identity.changes, ...(own ? unsaved : [])],
    incidents: [...pace.incidents, ...(own ? transactions.incidents : [])],
  };
}

/** What earlier observations left to compare with. A restart begins a new one. */
export interface ObservationHistory {
  readonly streak: Streak | null;
  readonly head: Head | null;
  readonly pace: BlockPace;
  readonly transactions: TransactionHistory;
}

export const NO_HISTORY: ObservationHistory = {
  streak: null,
  head: null,
  pace: NO_BLOCK_PACE,
  transactions: NO_TRANSACTIONS,
};

export interface AssessInput {
  readonly history: ObservationHistory;
  /** The node as it is on disk. */
  readonly record: NodeRecord | undefined;
  /** The hashes of transactions that an earlier observation proved to be over. A hash never gets another meaning. */
  readonly overOnDisk: readonly string[];
  /** In monotonic time. */
  readonly nowMs: number;
  readonly blockTimeSeconds: number;
}

export interface Assessment {
  /** Without the postage transactions that can no longer be mined. */
  readonly observation: Observation;
  /** What decisions may rest on (rule 5). */
  readonly freshness: Freshness;
  /** null if the observation is incomplete, or shows another node: nothing in it counts. */
  readonly own: CompleteObservation | null;
  readonly history: ObservationHistory;
  readonly changes: readonly Change[];
  readonly incidents: readonly IncidentReport[];
}

const isChanged = (freshness: Freshness): boolean =>
  freshness.is === 'stale' && freshness.code === 'NODE_CHANGED';
