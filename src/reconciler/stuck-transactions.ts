import type { Change } from '../domain/change.ts';
import type { CompleteObservation, Observation, PendingTransaction } from '../domain/observation.ts';
import type { EthereumAddress, Wei } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/** What `trackTransactions` keeps between observations. */
export interface TransactionHistory {
  /** By hash: the transactions that the node listed last. */
  readonly listed: ReadonlyMap<string, Listed>;
  /** Transactions that may have been mined: they have left the list. */
  readonly left: readonly Left[];
  /** Hashes of listed transactions that can no longer be mined: another one with their nonce was. */
  readonly superseded: ReadonlySet<string>;
  readonly tip: number;
  /** The xDAI in the last complete observation; null if the node does not show it. */
  readonly xdai: Wei | null;
  /** Whose transactions these are: nonces are counted by address. */
  readonly address: EthereumAddress | null;
  /** The monotonic time of the last observation; null if it was incomplete. */
  readonly observedAtMs: number | null;
}

export const NO_TRANSACTIONS: TransactionHistory = {
  listed: new Map(),
  left: [],
  superseded: new Set(),
  tip: 0,
  xdai: null,
  address: null,
  observedAtMs: null,
};

/** A transaction that is pending for longer is reported. Bee itself waits without a limit (docs/bee.md#transactions). */
const STUCK_BLOCKS = 120;
/** A transaction is usually mined before this. */
const SLOW_BLOCKS = 3;
/** Between observations this close, a node cannot restart and answer again, nor send a transaction and forget it. */
const MAX_GAP_BLOCKS = 2;
/** A single observation may be a stale answer of a proxy. */
const OBSERVATIONS_TO_PROVE = 2;

/**
 * Bee goes on listing a dropped or replaced transaction as pending after another one with its nonce was mined. Such a
 * transaction is superseded and does not block. The proof is that another listed transaction, with the same or a higher nonce, was
 * mined: it left the list, gas was paid, and the node neither sent anything nor restarted in between.
 * Never weaken this proof: a transaction that is passed over and mined later is a purchase made twice. Pure.
 */
export function trackTransactions(
  history: TransactionHistory,
  observation: Observation,
  { nowMs, blockTimeSeconds }: { readonly nowMs: number; readonly blockTimeSeconds: number },
): TrackedTransactions {
  if (observation.is === 'incomplete')
    return { history: { ...history, observedAtMs: null }, observation, incidents: [] };
  const before = history.address === observation.address ? history : forAddress(history, observation.address);
  const isClose =
    before.observedAtMs !== null && nowMs - before.observedAtMs <= MAX_GAP_BLOCKS * blockTimeSeconds * 1000;
  const left = isClose ? leftSince(before, observation.pending) : [];
  const after = historyAfter(before, left, { observation, nowMs });
  const pendingPostage = observation.pendingPostage.filter(({ hash }) => !after.superseded.has(hash));
  return {
    history: after,
    observation: { ...observation, pendingPostage },
    incidents: incidentsOf(pendingPostage, after),
  };
}

/** Whether a transaction has been pending for longer than usual. */
export const isSlow = ({ listed, superseded, tip }: TransactionHistory): boolean =>
  [...listed.values()].some(({ hash, sinceTip }) => !superseded.has(hash) && tip - sinceTip >= SLOW_BLOCKS);

/** What has to be written so that a restart does not wait for these transactions again. */
export const supersededToWrite = (
  { superseded }: TransactionHistory,
  { node, onDisk }: { readonly node: Observation['node']; readonly onDisk: readonly string[] },
): readonly Change[] =>
  [...superseded].every((hash) => onDisk.includes(hash))
    ? []
    : [{ change: 'transactionsSuperseded', node, hashes: [...superseded] }];

interface TrackedTransactions {
  readonly history: TransactionHistory;
  /** Without the superseded postage transactions. */
  readonly observation: Observation;
  readonly incidents: readonly IncidentReport[];
}

interface Listed extends PendingTransaction {
  /** The head of the chain when the transaction was first listed. */
  readonly sinceTip: number;
  /** The xDAI in the observation before that; null if unknown. */
  readonly xdaiBefore: Wei | null;
}

interface Left extends Listed {
  /** How many observations in a row have not listed it. */
  readonly observations: number;
}

const forAddress = (history: TransactionHistory, address: EthereumAddress): TransactionHistory => ({
  ...history,
  address,
  listed: new Map(),
  xdai: null,
  observedAtMs: null,
});

/** When Bee sends a transaction, it drops from its list what its RPC does not know. The new one in the list shows that. */
function leftSince(
  { listed, left }: TransactionHistory,
  pending: readonly PendingTransaction[],
): readonly Left[] {
  if (pending.some(({ hash }) => !listed.has(hash))) return [];
  const now = new Set(pending.map(({ hash }) => hash));
  const before: Left[] = [...left, ...[...listed.values()].map((one) => ({ ...one, observations: 0 }))];
  return before
    .filter(({ hash }) => !now.has(hash))
    .map((one) => ({ ...one, observations: one.observations + 1 }));
}

function historyAfter(
  before: TransactionHistory,
  left: readonly Left[],
  { observation, nowMs }: { readonly observation: CompleteObservation; readonly nowMs: number },
): TransactionHistory {
  const { pending, chain, wallet, address } = observation;
  const xdai = wallet?.xdai ?? null;
  const sinceTip = chain.tip;
  const superseded = pending.filter(
    ({ hash, nonce }) => before.superseded.has(hash) || isUsed(nonce, left, xdai),
  );
  return {
    address,
    left,
    superseded: new Set(superseded.map(({ hash }) => hash)),
    listed: new Map(
      pending.map((one) => [
        one.hash,
        before.listed.get(one.hash) ?? { ...one, sinceTip, xdaiBefore: before.xdai },
      ]),
    ),
    tip: chain.tip,
    xdai,
    observedAtMs: nowMs,
  };
}

/** Nonces are used in order, so a mined transaction with a higher nonce proves it too. */
const isUsed = (nonce: number, left: readonly Left[], xdai: Wei | null): boolean =>
  left.some((one) => one.nonce >= nonce && one.observations >= OBSERVATIONS_TO_PROVE && hasPaid(one, xdai));

/** If the node shows no balance, the list is the only proof. */
const hasPaid = ({ xdaiBefore }: Left, xdai: Wei | null): boolean =>
  xdai === null || (xdaiBefore !== null && xdai < xdaiBefore);

const incidentsOf = (
  pendingPostage: readonly PendingTransaction[],
  { listed, tip }: TransactionHistory,
): readonly IncidentReport[] =>
  pendingPostage.flatMap(({ hash, nonce, description }) => {
    const blocks = tip - (listed.get(hash)?.sinceTip ?? tip);
    if (blocks < STUCK_BLOCKS) return [];
    const detail = `"${description}", ${hash}, nonce ${nonce}, for ${blocks} blocks.`;
    return [{ code: 'TRANSACTION_STUCK' as const, subject: hash, detail }];
  });
