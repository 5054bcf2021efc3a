import type { Change } from '../domain/change.ts';
import { justAway, type NodeRecord, nodeWithheld } from '../domain/node.ts';
import type { CompleteObservation, Freshness, Observation } from '../domain/observation.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { awaitNodes } from './await-nodes.ts';
import { type BlockPace, NO_BLOCK_PACE, trackBlockPace } from './block-pace.ts';
import { checkHead, type Head } from './chain-head.ts';
import { type Streak, verifyIdentity } from './identity.ts';
import { type ObservedSpan, trackSpan } from './observed-span.ts';
import {
  NO_TRANSACTIONS,
  supersededToWrite,
  type TransactionHistory,
  trackTransactions,
} from './stuck-transactions.ts';

/** Decides what an observation may be used for, by comparison with the earlier ones and with the node on disk. Pure. */
export function assess(seen: Observation, input: AssessInput): Assessment {
  const { history, record, others, isOnlyNode, supersededOnDisk, nowMs, blockTimeSeconds, nodeAwaySeconds } =
    input;
  const at = { nowMs, blockTimeSeconds };
  const superseded = new Set([...history.transactions.superseded, ...supersededOnDisk]);
  const transactions = trackTransactions({ ...history.transactions, superseded }, seen, at);
  const { observation } = transactions;
  const identity = verifyIdentity({ observation, record, others, streak: history.streak, isOnlyNode });
  const { freshness, head } = checkHead(identity.freshness, { head: history.head, ...at });
  const pace = trackBlockPace(history.pace, freshness, at);
  const own = observation.is === 'complete' && !isChanged(freshness) ? observation : null;
  const observedAt = record?.observedAt ?? null;
  const unsaved = supersededToWrite(transactions.history, {
    node: observation.node,
    onDisk: supersededOnDisk,
  });
  return {
    observation,
    freshness,
    own,
    history: {
      streak: identity.streak,
      head,
      pace: pace.pace,
      span: trackSpan(history.span, freshness),
      transactions: transactions.history,
    },
    changes: [
      ...identity.changes,
      ...(own
        ? [
            ...unsaved,
            ...countedAgain(own, observedAt, nodeAwaySeconds),
            ...awaitNodes({ at: own.at, own: record, others, nodeAwaySeconds }),
          ]
        : []),
    ],
    changesAfterSettling: own ? observedChanges(own, observedAt, nodeAwaySeconds) : [],
    incidents: [
      ...pace.incidents,
      ...(own ? transactions.incidents : awayIncidents(seen, record, nodeAwaySeconds)),
    ],
  };
}

/** What earlier observations left to compare with. A restart begins a new one. */
export interface ObservationHistory {
  readonly streak: Streak | null;
  readonly head: Head | null;
  readonly pace: BlockPace;
  readonly span: ObservedSpan | null;
  readonly transactions: TransactionHistory;
}

export const NO_HISTORY: ObservationHistory = {
  streak: null,
  head: null,
  pace: NO_BLOCK_PACE,
  span: null,
  transactions: NO_TRANSACTIONS,
};

export interface AssessInput {
  readonly history: ObservationHistory;
  /** The node as it is on disk. */
  readonly record: NodeRecord | undefined;
  /** The other nodes of the settings, as they are on disk. */
  readonly others: readonly NodeRecord[];
  /** The settings name no other node. */
  readonly isOnlyNode: boolean;
  /** The hashes of transactions that an earlier observation proved to be superseded. A hash never gets another meaning. */
  readonly supersededOnDisk: readonly string[];
  /** In monotonic time. */
  readonly nowMs: number;
  readonly blockTimeSeconds: number;
  readonly nodeAwaySeconds: number;
}

export interface Assessment {
  /** Without the postage transactions that can no longer be mined. */
  readonly observation: Observation;
  /** What decisions may rest on (promise 5). */
  readonly freshness: Freshness;
  /** null if the observation is incomplete, or shows another node: nothing in it counts. */
  readonly own: CompleteObservation | null;
  readonly history: ObservationHistory;
  readonly changes: readonly Change[];
  /** Stock that was withheld because the node was away is given out from then on: its times to live have to be on disk before. */
  readonly changesAfterSettling: readonly Change[];
  readonly incidents: readonly IncidentReport[];
}

const isChanged = (freshness: Freshness): boolean =>
  freshness.is === 'stale' && freshness.code === 'NODE_CHANGED';

/** The stamps of the node are withheld because this observation is not a complete one of the right node, nor was one for long. */
function awayIncidents(
  { node, at }: Observation,
  record: NodeRecord | undefined,
  nodeAwaySeconds: number,
): readonly IncidentReport[] {
  const observedAt = record?.observedAt ?? null;
  if (observedAt === null) return [];
  const withheld = nodeWithheld(
    { hasChanged: false, observedAtMs: observedAt.getTime() },
    { at, nodeAwaySeconds },
  );
  if (withheld === null) return [];
  const counted = withheld === 'node_away' ? 'They count as stock.' : 'They no longer count as stock.';
  return [
    { code: 'NODE_AWAY', subject: node, detail: `At least since ${observedAt.toISOString()}. ${counted}` },
  ];
}

/** Stock that was lost counts from now on, or another node would replace it; it is withheld until it has been settled. */
function countedAgain(
  { node, at }: CompleteObservation,
  onDisk: Date | null,
  nodeAwaySeconds: number,
): readonly Change[] {
  const since = justAway({ at, nodeAwaySeconds });
  return onDisk !== null && onDisk < since ? [{ change: 'nodeAwaited', node, since }] : [];
}

/** An observation that is this much newer than the one on disk is written. It is one row, and need not be exact. */
const MIN_NEWER_MS = 60_000;

/** A quarter of the bound at most: a node that is observed all the time must not seem to be away. */
function observedChanges(
  { node, at }: CompleteObservation,
  onDisk: Date | null,
  nodeAwaySeconds: number,
): readonly Change[] {
  const newerMs = onDisk === null ? Infinity : at.getTime() - onDisk.getTime();
  const isWritten = newerMs >= Math.min(MIN_NEWER_MS, (nodeAwaySeconds * 1000) / 4) || newerMs < 0;
  return isWritten ? [{ change: 'nodeObserved', node, observedAt: at }] : [];
}
