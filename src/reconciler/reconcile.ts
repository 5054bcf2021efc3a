import { DAY_MS } from '../domain/durations.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { Freshness, FreshObservation } from '../domain/observation.ts';
import { claimOf } from '../domain/order.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import { type BatchId, type OrderId, parseBatchId, plur } from '../domain/units.ts';
import type { IncidentReport, Incidents } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';
import type { Trace } from '../trace.ts';
import { act } from './act.ts';
import type { BackOff } from './back-off.ts';
import { missingSince, seenCanary } from './canary.ts';
import type { InFlight } from './in-flight.ts';
import { lastingIncidents } from './lasting-incidents.ts';
import { type ObserveParts, observe } from './observe.ts';
import { type Plan, plan } from './plan.ts';
import type { KnownCanaries } from './plan-input.ts';
import { reportOrders } from './report-orders.ts';
import { type Settled, settle } from './settle.ts';
import { settleAnswers } from './settle-answer.ts';
import { MAX_AMOUNT_NONCE } from './spending.ts';
import { unaccounted } from './unaccounted.ts';
import { writeChanges } from './write-changes.ts';

/**
 * One run: observe, settle, plan, act. It may be repeated, and may stop between any two steps: everything that must survive
 * is in the store. A dry run only observes and plans.
 */
export async function reconcile(
  parts: ReconcileParts,
  { dryRun }: { readonly dryRun: boolean },
): Promise<ReconciledRun> {
  const { store, node, policy, clock, incidents, trace } = parts;
  const startedAt = clock.now();
  const errors: string[] = [];
  const report: Report = (incident) => {
    incidents.report(incident);
    errors.push(`${incident.code}: ${incident.detail ?? incident.subject}`);
  };

  const { freshness, view } = await trace('observe', () => observe(parts, { dryRun, report }));
  const { stock, recovered } = dryRun
    ? { stock: await store.nodeStock(node), recovered: 0 }
    : await trace('settle', () => settleNode(parts, freshness, report));
  if (!dryRun) remindOfLasting(parts, freshness, stock);
  const canaries = await knownCanaries(parts, freshness, { dryRun });
  const { actions, spending } = await trace('plan', () => planActions(parts, freshness, { stock, canaries }));
  if (!dryRun) await trace('act', () => carryOut(parts, { actions, freshness, report }));

  const count = (kind: string): number =>
    dryRun ? 0 : actions.filter((action) => action.do === kind).length;
  return {
    startedAt,
    endedAt: clock.now(),
    dryRun,
    node:
      freshness.is === 'fresh'
        ? { ...view, canary: seenCanary(canaries.bought, freshness.seen, policy) }
        : view,
    actions,
    purchasesSent: count('buy'),
    topUpsSent: count('topUp'),
    adoptedOrRecovered: recovered + count('adopt'),
    errors,
    spending,
    stock,
  };
}

/** What a run works with. It keeps in memory only what a restart may lose. */
export interface ReconcileParts extends ObserveParts {
  readonly incidents: Incidents;
  /** Runs each step. */
  readonly trace: Trace;
  readonly inFlight: InFlight;
  readonly backOff: BackOff;
  /** Batches that this process has reported because no purchase accounts for them. */
  readonly reportedStrangers: Set<BatchId>;
  /** Since when no canary is shown: see KnownCanaries. */
  readonly canaryMissing: { sinceBlock: number | null };
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  /** Called after the commit that settles an order. */
  readonly onOrder: (event: OrderEvent) => void;
}

/** `stock` is as the plan saw it. */
export type ReconciledRun = Omit<MaintenanceRun, 'nextAt'> & { readonly stock: NodeStock };

type Report = (incident: IncidentReport) => void;

/** First Bee's answers, whatever the node shows; then the observation. Reads the stock once, and again after each write. */
async function settleNode(
  parts: ReconcileParts,
  freshness: Freshness,
  report: Report,
): Promise<{ readonly stock: NodeStock; readonly recovered: number }> {
  const { store, node, policy, clock, inFlight } = parts;
  const stock = await settleAnswered(parts, freshness, report);
  if (freshness.is === 'stale') return { stock, recovered: 0 };
  const { seen } = freshness;
  const pooledIds = await pooledIdsOf(parts, { seen, stock, listed: [] });
  const settled = settle({ stock, seen, pooledIds, blockTimeSeconds: policy.blockTimeSeconds });
  const { changes, incidents, recovered } = settled;
  await writeChanges(changes, clock.now(), parts);
  for (const change of changes) if (change.change === 'orderConfirmed') inFlight.forget(change.id);
  for (const incident of incidents) report(incident);
  await reportStrangers(parts, { seen, pooledIds, settled, report });
  await reportOrders(changes, stock, parts);
  return { stock: changes.length > 0 ? await store.nodeStock(node) : stock, recovered };
}

/** Returns the stock after that. */
async function settleAnswered(
  { store, levels, node, clock, log, inFlight, backOff, onOrder }: ReconcileParts,
  freshness: Freshness,
  report: Report,
): Promise<NodeStock> {
  const stock = await store.nodeStock(node);
  const answered = inFlight.peek(clock.monotonicMs());
  const settled = settleAnswers({
    stock,
    answered,
    isAwaited: (id) => inFlight.awaits(id),
    tip: freshness.is === 'fresh' ? freshness.seen.chain.tip : null,
  });
  await writeChanges(settled.changes, clock.now(), { store, levels, log });
  if (answered) inFlight.forget(answered.order.id); // only now: if the write fails, the next run settles the answer
  for (const incident of settled.incidents) report(incident);
  if (settled.backOff.is === 'trip') backOff.trip(settled.backOff.reason);
  else if (settled.backOff.is === 'clear') backOff.clear();
  await reportOrders(settled.changes, stock, { store, onOrder });
  return settled.changes.length > 0 ? await store.nodeStock(node) : stock;
}

/** Once per batch and process. */
async function reportStrangers(
  { node, store, reportedStrangers }: ReconcileParts,
  { seen, pooledIds, settled, report }: StrangersInput,
): Promise<void> {
  const added = settled.changes.flatMap((one) => (one.change === 'orderConfirmed' ? one.batchId : []));
  const named = settled.incidents.map(({ subject }) => subject);
  const known = new Set<string>([...pooledIds, ...added, ...named, ...reportedStrangers]);
  const strangers = seen.stamps.filter(({ batchId }) => !known.has(batchId));
  if (strangers.length === 0) return;
  for (const incident of unaccounted(strangers, await store.purchasesMarked(node, strangers))) {
    report(incident);
    reportedStrangers.add(parseBatchId(incident.subject));
  }
}

interface StrangersInput {
  readonly seen: FreshObservation;
  readonly pooledIds: ReadonlySet<BatchId>;
  readonly settled: Settled;
  readonly report: Report;
}

function remindOfLasting(
  { incidents, expiryClock, policy }: ReconcileParts,
  freshness: Freshness,
  stock: NodeStock,
): void {
  const lasting = lastingIncidents({
    stock,
    seen: freshness.is === 'fresh' ? freshness.seen : null,
    blockTimeSeconds: policy.blockTimeSeconds,
    now: expiryClock.now(),
  });
  for (const incident of lasting) incidents.remind(incident);
}

/** A dry run does not change since when none is shown. */
async function knownCanaries(
  { store, node, policy, canaryMissing }: ReconcileParts,
  freshness: Freshness,
  { dryRun }: { readonly dryRun: boolean },
): Promise<KnownCanaries> {
  const bought = policy.canaryIntervalSeconds === null ? [] : await store.canaries.ofNode(node);
  const known = { bought, missingSinceBlock: canaryMissing.sinceBlock };
  if (freshness.is === 'stale') return known;
  const missingSinceBlock = missingSince(known, freshness.seen);
  if (!dryRun) canaryMissing.sinceBlock = missingSinceBlock;
  return { bought, missingSinceBlock };
}

async function planActions(
  parts: ReconcileParts,
  freshness: Freshness,
  { stock, canaries }: { readonly stock: NodeStock; readonly canaries: KnownCanaries },
): Promise<Plan> {
  const { store, node, policy, clock, expiryClock, inFlight, backOff, random } = parts;
  const spentLastDay = await store.spentSince(node, new Date(clock.now().getTime() - DAY_MS));
  const listed = policy.adoption.from === 'list' ? policy.adoption.batchIds : [];
  const pooledIds =
    freshness.is === 'fresh'
      ? await pooledIdsOf(parts, { seen: freshness.seen, stock, listed })
      : new Set<BatchId>();
  const input = {
    node: freshness,
    stock,
    pooledIds,
    spentLastDay: plur(spentLastDay),
    sending: inFlight.busy,
    backOff: backOff.until,
    canaries,
    variation: { ttlJitter: random(), amountNonce: BigInt(1 + Math.floor(random() * MAX_AMOUNT_NONCE)) },
  };
  return plan(input, policy, expiryClock.now());
}

async function carryOut(
  { bee, store, levels, clock, policy, inFlight, newOrderId, log, stopping }: ReconcileParts,
  { actions, freshness, report }: Planned,
): Promise<void> {
  const seen = freshness.is === 'fresh' ? freshness.seen : null;
  for (const action of actions) {
    stopping.throwIfAborted();
    await act(action, seen, { bee, store, levels, clock, policy, inFlight, newOrderId, log, report });
  }
}

interface Planned {
  readonly actions: MaintenanceRun['actions'];
  readonly freshness: Freshness;
  readonly report: Report;
}

/** Of the batches that the node lists or has claimed, or that may be adopted, those that are or were in the pool or a canary. */
async function pooledIdsOf(
  { store }: ReconcileParts,
  { seen, stock, listed }: BatchSources,
): Promise<ReadonlySet<BatchId>> {
  const batchIds = [
    ...seen.stamps.map(({ batchId }) => batchId),
    ...stock.openOrders.flatMap((order) =>
      order.kind === 'purchase' ? (claimOf(order)?.batchId ?? []) : [],
    ),
    ...listed,
  ];
  const [pooled, canaries] = [
    await store.filterPooled(batchIds),
    await store.canaries.filterCanaries(batchIds),
  ];
  return pooled.union(canaries);
}

interface BatchSources {
  readonly seen: FreshObservation;
  readonly stock: NodeStock;
  /** The ids in the operator's list. */
  readonly listed: Iterable<BatchId>;
}
