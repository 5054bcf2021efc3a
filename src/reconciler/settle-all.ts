import type { Clock } from '../clock.ts';
import { type Change, describeChange } from '../domain/change.ts';
import type { Freshness, FreshObservation } from '../domain/observation.ts';
import { claimOf } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { type BatchId, type NodeName, parseBatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { NodeStock, Store } from '../store/store.ts';
import type { BackOff } from './back-off.ts';

import type { InFlight } from './in-flight.ts';
import { type Settlement, settle } from './settle.ts';
import { settleAnswer, unknownOutcome } from './settle-answer.ts';
import { unaccounted } from './unaccounted.ts';

/** What settling works with. */
export interface SettleParts {
  readonly node: NodeName;
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly inFlight: InFlight;
  readonly backOff: BackOff;
  /** Batches that were reported because no purchase accounts for them. */
  readonly unaccounted: Set<BatchId>;
  /** What was decided and what came of it, one line each. */
  readonly log: (fields: Record<string, unknown>, message: string) => void;
}

export interface Settled {
  /** Purchases that turned up unasked. */
  readonly recovered: number;
  /** As it is now; null when it has to be read. */
  readonly stock: NodeStock | null;
}

export const NOTHING_SETTLED: Settled = { recovered: 0, stock: null };

/** First what an earlier run left, and Bee's answer to a request, if it has come; then what the observation shows. */
export async function settleAll(
  parts: SettleParts,
  seen: Freshness,
  report: (incident: IncidentReport) => void,
): Promise<Settled> {
  const { store, node, policy, clock, inFlight } = parts;
  await takeUp(await store.nodeStock(node), parts, report);
  await takeAnswer(parts, seen, report);
  if (seen.is === 'stale') return NOTHING_SETTLED;
  const stock = await store.nodeStock(node);
  const known = await knownOf(seen.seen, stock, { store });
  const settlement = settle({ stock, seen: seen.seen, known, blockTimeSeconds: policy.blockTimeSeconds });
  if (settlement.changes.length > 0) await write(settlement.changes, clock.now(), parts);
  for (const change of settlement.changes) if (change.change === 'orderConfirmed') inFlight.forget(change.id);
  for (const incident of settlement.incidents) report(incident);
  await reportUnaccounted(parts, { seen: seen.seen, known, settlement, report });
  return { recovered: settlement.recovered, stock: settlement.changes.length > 0 ? null : stock };
}

/** On disk first, then in the log. */
export async function write(
  changes: readonly Change[],
  at: Date,
  { store, log }: Pick<SettleParts, 'store' | 'log'>,
): Promise<void> {
  await store.write(changes, at);
  for (const change of changes) {
    const words = describeChange(change);
    if (words !== null) log({}, words);
  }
}

/** Once per batch, for as long as the process lives. */
async function reportUnaccounted(
  { node, store, unaccounted: reported }: SettleParts,
  {
    seen,
    known,
    settlement,
    report,
  }: {
    readonly seen: FreshObservation;
    readonly known: ReadonlySet<BatchId>;
    readonly settlement: Settlement;
    readonly report: (incident: IncidentReport) => void;
  },
): Promise<void> {
  const added = settlement.changes.flatMap((one) => (one.change === 'stampAdded' ? one.stamp.batchId : []));
  const named = new Set(settlement.incidents.map(({ subject }) => subject));
  const strangers = seen.stamps.filter(
    ({ batchId }) =>
      !known.has(batchId) && !added.includes(batchId) && !reported.has(batchId) && !named.has(batchId),
  );
  if (strangers.length === 0) return;
  for (const incident of unaccounted(strangers, await store.purchasesMarked(node, strangers))) {
    report(incident);
    reported.add(parseBatchId(incident.subject));
  }
}

/**
 * Of what was sent without an answer, and is not under way in this process, nothing is known (domain/order.ts): the
 * process that sent it died, or it was written down as sent by a database that failed right after that.
 */
async function takeUp(
  { openOrders }: NodeStock,
  parts: SettleParts,
  report: (incident: IncidentReport) => void,
): Promise<void> {
  const cause = 'the service stopped or failed before it was answered';
  const left = openOrders.filter(
    (order) => order.state === 'sent' && order.claim === null && !parts.inFlight.awaits(order.id),
  );
  if (left.length === 0) return;
  await write(
    left.map(({ id }): Change => ({ change: 'orderUnknown', id, cause })),
    parts.clock.now(),
    parts,
  );
  for (const order of left) report(unknownOutcome(order, cause));
}

/** Bee's answer to the request under way, if it has come, or to an earlier one. */
async function takeAnswer(
  { inFlight, clock, store, node, backOff, log }: SettleParts,
  seen: Freshness,
  report: (incident: IncidentReport) => void,
): Promise<void> {
  const answered = inFlight.peek(clock.monotonicMs());
  if (answered === null) return;
  const { id } = answered.order;
  const { openOrders, abandonedOrders } = await store.nodeStock(node);
  const onDisk = [...openOrders, ...abandonedOrders].find((order) => order.id === id);
  const settled = settleAnswer(answered, {
    state: onDisk?.state ?? 'confirmed',
    tip: seen.is === 'fresh' ? seen.seen.chain.tip : null,
  });
  if (settled.changes.length > 0) await write(settled.changes, clock.now(), { store, log });
  inFlight.forget(id); // only now: had the write failed, the answer would be settled by the next run
  for (const incident of settled.incidents) report(incident);
  if (settled.backOff.is === 'trip') backOff.trip(settled.backOff.why);
  else if (settled.backOff.is === 'clear') backOff.clear();
}

/** Of the batches listed by the node, claimed, or listed for adoption, those that the pool has ever had. */
export const knownOf = (
  seen: FreshObservation,
  stock: NodeStock,
  { store, listed = [] }: { readonly store: Store; readonly listed?: Iterable<BatchId> },
): Promise<ReadonlySet<BatchId>> =>
  store.known([
    ...seen.stamps.map(({ batchId }) => batchId),
    ...stock.openOrders.flatMap((order) =>
      order.kind === 'purchase' ? (claimOf(order)?.batchId ?? []) : [],
    ),
    ...listed,
  ]);
