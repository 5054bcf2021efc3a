import type { Action } from '../domain/action.ts';
import type { MaintenanceRun, NodeView } from '../domain/maintenance-run.ts';
import type { NodeReport } from '../domain/node-report.ts';
import type { Freshness } from '../domain/observation.ts';
import type { OpenOrder } from '../domain/order.ts';
import type { OrderId } from '../domain/units.ts';
import type { ReportIncident } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';
import { type ActParts, act } from './act.ts';
import { missingSince, seenCanary } from './canary.ts';
import { ifRecent } from './observation-age.ts';
import { type NodeRead, observe, readNode } from './observe.ts';
import { type Plan, plan } from './plan.ts';
import type { KnownCanaries, PlanInput } from './plan-input.ts';
import { readPool } from './read-pool.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { saveReport } from './save-report.ts';
import type { ScheduleInput } from './schedule.ts';
import { filterKnown, readStock, readUnpooled, settleNode } from './settle-node.ts';
import { MAX_AMOUNT_NONCE } from './spending.ts';
import { type Watched, watchStamps } from './watch-stamps.ts';
import { writeChanges } from './write-changes.ts';

/**
 * One run: observe, settle, plan, act. It may be repeated, and may stop between any two steps: everything that must survive
 * is in the store. A dry run only observes and plans.
 */
export async function reconcile(
  parts: ReconcileParts,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Reconciled> {
  const startedAt = parts.clock.now();
  const endedBefore = parts.inFlight.ended;
  const read = await parts.trace('observe', () => readNode(parts));
  return await parts.expiryClock.unmoved(() =>
    reconcileWith(parts, { read, startedAt, endedBefore, dryRun }),
  );
}

/** What a run does after it has read the node. Nothing of it waits for the node. */
async function reconcileWith(
  parts: ReconcileParts,
  { read, startedAt, endedBefore, dryRun }: Begun,
): Promise<Reconciled> {
  const { store, policy, clock, incidents, trace } = parts;
  const errors: string[] = [];
  const report: ReportIncident = (incident) => {
    incidents.report(incident);
    errors.push(`${incident.code}: ${incident.detail ?? incident.subject}`);
  };

  const observed = await observe(parts, read, { dryRun, report });
  const { freshness, beganMs: observedAtMs } = observed;
  const { recovered, unpooled, unaccounted } = dryRun
    ? {
        recovered: 0,
        unpooled: freshness.is === 'fresh' ? await readUnpooled(store, freshness.seen) : [],
        unaccounted: new Set(parts.reportedUnpooled.keys()),
      }
    : await trace('settle', () => settleNode(parts, freshness, report));
  if (!dryRun) await writeChanges(observed.changesAfterSettling, clock.now(), parts);
  const stock = await readStock(parts);
  const { expired, isStampUnderWay } = await watchStamps(parts, { freshness, dryRun });
  const canaries = await knownCanaries(parts, freshness, { dryRun });
  const reports = await store.lastKnown.all();
  const planned = await trace('plan', () =>
    planActions(parts, {
      freshness,
      observedAtMs,
      endedBefore,
      stock,
      expired,
      unpooled,
      unaccounted,
      canaries,
      reports,
    }),
  );
  const { actions, spending } = planned;
  const view = viewAfter(observed.view, planned.freshness);
  const done = dryRun ? [] : await trace('act', () => carryOut(parts, planned, { observedAtMs, report }));

  const count = (kind: string): number => done.filter((action) => action.do === kind).length;
  const run = {
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
  };
  if (!dryRun && parts.tenure.isHeld)
    await saveReport(parts, { run, reports, blockedBy: planned.blockedBy, report });
  return { run, schedule: { stock, isStampUnderWay, listed: observed.listed } };
}

interface Begun {
  readonly read: NodeRead;
  readonly startedAt: Date;
  /** How many requests had ended when the observation began. */
  readonly endedBefore: number;
  readonly dryRun: boolean;
}

interface Reconciled {
  readonly run: Omit<MaintenanceRun, 'nextAt'>;
  /** What the time of the next run depends on. `stock` is as the plan saw it. */
  readonly schedule: Pick<ScheduleInput, 'stock' | 'isStampUnderWay' | 'listed'>;
}

/** The observation may have become stale since. */
const viewAfter = (view: NodeView, freshness: Freshness): NodeView =>
  freshness.is === 'fresh' ? view : { ...view, fresh: false, staleReason: freshness.reason };

/** A dry run leaves `canaryMissing` as it is. */
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

async function planActions(parts: ReconcileParts, known: Known): Promise<PlannedActions> {
  const { store, node, nodes, policy, clock, expiryClock, inFlight, backOff, random } = parts;
  const { freshness, observedAtMs, endedBefore, stock, expired, unpooled, unaccounted, canaries, reports } =
    known;
  const now = expiryClock.now();
  const others = reports.filter((report) => report.node !== node && nodes.includes(report.node));
  const pool = await readPool(parts, others, now);
  const listed = policy.adoption.from === 'list' ? policy.adoption.batchIds : [];
  const pooledIds = await filterKnown(store, [...listed]);
  const recent = ifRecent(freshness, clock.monotonicMs() - observedAtMs); // after the last read
  const input = {
    freshness: recent,
    stock,
    pool,
    expired,
    unpooled,
    unaccounted,
    pooledIds,
    takenOver: takenOverIn(parts, stock.openOrders),
    sending: inFlight.busy || inFlight.ended !== endedBefore,
    backOff: backOff.until,
    canaries,
    canaryFailed: parts.canaryChecks.last(node)?.ok === false,
    wallClock: clock.now(),
    variation: { ttlJitter: random(), amountNonce: BigInt(1 + Math.floor(random() * MAX_AMOUNT_NONCE)) },
  };
  return { ...plan(input, policy, now), freshness: recent, allocation: pool.stock.allocation };
}

/** The orders of an earlier holder of the lease. A database of one process has none: what a restart has left is its own. */
const takenOverIn = ({ store, inFlight }: ReconcileParts, open: readonly OpenOrder[]): ReadonlySet<OrderId> =>
  new Set(store.leases.shared ? open.map(({ id }) => id).filter((id) => !inFlight.isOwn(id)) : []);

type PlannedActions = Plan & {
  /** What the plan rests on. */
  readonly freshness: Freshness;
  /** Of the stock that the plan rests on. */
  readonly allocation: number;
};

interface Known
  extends Pick<Watched, 'expired'>,
    Pick<Begun, 'endedBefore'>,
    Pick<PlanInput, 'unpooled' | 'unaccounted'> {
  readonly freshness: Freshness;
  /** In monotonic time. */
  readonly observedAtMs: number;
  readonly stock: NodeStock;
  readonly canaries: KnownCanaries;
  readonly reports: readonly NodeReport[];
}

/** Returns the actions that were carried out. */
async function carryOut(
  parts: ReconcileParts,
  { actions, allocation, freshness }: PlannedActions,
  ofRun: Pick<ActParts, 'observedAtMs' | 'report'>,
): Promise<readonly Action[]> {
  const seen = freshness.is === 'fresh' ? freshness.seen : null;
  const acting = { ...parts, ...ofRun, allocation: { current: allocation } };
  const done: Action[] = [];
  for (const action of actions) {
    parts.stopping.throwIfAborted();
    parts.tenure.assertHeld();
    if (await act(action, seen, acting)) done.push(action);
  }
  return done;
}
