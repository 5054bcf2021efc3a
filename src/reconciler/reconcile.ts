import type { Bee } from '../bee/bee.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeRecord } from '../domain/node.ts';
import { type CompleteObservation, type Freshness, type Observation } from '../domain/observation.ts';
import { type BatchId, type OrderId, plur } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { IncidentReport, Incidents } from '../signals/incidents.ts';
import type { NodeStock } from '../store/store.ts';
import { act } from './act.ts';
import type { BlockPaceMonitor } from './clock-monitor.ts';
import type { HeadWatch } from './head-watch.ts';
import { type Streak, verifyIdentity } from './identity.ts';
import { lastingIncidents } from './lasting-incidents.ts';
import { nodeView } from './node-view.ts';
import { observeNode } from './observe-node.ts';
import { type Plan, plan } from './plan.ts';
import { knownOf, NOTHING_SETTLED, type SettleParts, settleAll, write } from './settle-all.ts';
import { MAX_TAG } from './spending.ts';
import type { StuckTransactions } from './stuck-transactions.ts';

/** What a run works with. All that it remembers between runs and that matters is in the store. */
export interface ReconcileParts extends SettleParts {
  readonly bee: Bee;
  readonly incidents: Incidents;
  readonly expiryClock: ExpiryClock;
  readonly headWatch: HeadWatch;
  readonly blockPace: BlockPaceMonitor;
  readonly stuckTransactions: StuckTransactions;
  /** How far the pinned node has come in being trusted again. */
  readonly identity: { streak: Streak | null };
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  /** Aborted when the service stops: nothing is waited for, and nothing sent, any more. */
  readonly stopping: AbortSignal;
}

export type ReconciledRun = Omit<MaintenanceRun, 'nextAt'> & { readonly stock: NodeStock };

const DAY_MS = 24 * 3600 * 1000;

/** Observe, settle, plan, act. Safe to repeat, and to stop between any two steps. A dry run only observes and plans. */
export async function reconcile(
  parts: ReconcileParts,
  { dryRun }: { readonly dryRun: boolean },
): Promise<ReconciledRun> {
  const { node, store, clock, policy, incidents, stopping } = parts;
  const startedAt = clock.now();
  const errors: string[] = [];
  const report = (incident: IncidentReport): void => {
    incidents.report(incident);
    errors.push(`${incident.code}: ${incident.detail ?? incident.subject}`);
  };

  const before = await store.nodeStock(node);
  await parts.stuckTransactions.recall(() => store.overTransactions(node));
  const observed = await observeNode(parts, before);
  const { observation, incidents: stuck } = parts.stuckTransactions.look(observed, clock.monotonicMs());
  const { seen: byIdentity, record } = await verify(parts, observation, { dryRun });
  const seen = parts.headWatch.verify(byIdentity, clock.monotonicMs(), policy);
  const own = ownObservation(observation, seen);
  if (!dryRun)
    for (const incident of [...parts.blockPace.observed(clock.monotonicMs(), seen), ...(own ? stuck : [])])
      report(incident);
  if (own && !dryRun)
    await parts.stuckTransactions.save((hashes) =>
      write([{ change: 'transactionsOver', node, hashes }], clock.now(), parts),
    );

  const settled = dryRun ? NOTHING_SETTLED : await settleAll(parts, seen, report);
  const stock = settled.stock ?? (await store.nodeStock(node));
  if (!dryRun) remind(parts, seen, stock);
  const { actions, spending } = await planNow(parts, seen, stock);
  if (!dryRun) {
    const fresh = seen.is === 'fresh' ? seen.seen : null;
    const acting = {
      ...parts,
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      incidents: { report },
    };
    for (const action of actions) {
      stopping.throwIfAborted();
      await act(action, fresh, acting);
    }
  }
  const count = (kind: string): number =>
    dryRun ? 0 : actions.filter((action) => action.do === kind).length;
  return {
    startedAt,
    endedAt: clock.now(),
    dryRun,
    node: nodeView(observation, { seen, own, record }),
    actions,
    purchasesSent: count('buy'),
    topUpsSent: count('topUp'),
    adoptedOrRecovered: settled.recovered + count('adopt'),
    errors,
    spending,
    stock: dryRun || actions.every((action) => action.do === 'hold') ? stock : await store.nodeStock(node),
  };
}

/** On disk before anything else: from then on no stamp of a node that is another one is given out. */
async function verify(
  { store, node, clock, identity, log }: ReconcileParts,
  observation: Observation,
  { dryRun }: { readonly dryRun: boolean },
): Promise<{ readonly seen: Freshness; readonly record: NodeRecord | undefined }> {
  const record = await store.node(node);
  const { seen, changes, streak } = verifyIdentity({ observation, record, streak: identity.streak });
  if (dryRun) return { seen, record };
  if (changes.length > 0) await write(changes, clock.now(), { store, log });
  identity.streak = streak; // only now: had the write failed, the next run would have to come to the same
  return { seen, record: changes.length > 0 ? await store.node(node) : record };
}

const isChanged = (seen: Freshness): boolean => seen.is === 'stale' && seen.code === 'NODE_CHANGED';

/** null: it is not complete, or shows another node, on which nothing is judged. */
const ownObservation = (observation: Observation, seen: Freshness): CompleteObservation | null =>
  observation.is === 'complete' && !isChanged(seen) ? observation : null;

function remind({ incidents, expiryClock, policy }: ReconcileParts, seen: Freshness, stock: NodeStock): void {
  const lasting = lastingIncidents({
    stock,
    seen: seen.is === 'fresh' ? seen.seen : null,
    blockTimeSeconds: policy.blockTimeSeconds,
    now: expiryClock.now(),
  });
  for (const incident of lasting) incidents.remind(incident);
}

async function planNow(parts: ReconcileParts, seen: Freshness, stock: NodeStock): Promise<Plan> {
  const { store, node, policy, clock, expiryClock, inFlight, backOff, random } = parts;
  const spentLastDay = await store.spentSince(node, new Date(clock.now().getTime() - DAY_MS));
  const listed = policy.adoption.from === 'list' ? policy.adoption.batchIds : [];
  const known = seen.is === 'fresh' ? await knownOf(seen.seen, stock, { store, listed }) : new Set<BatchId>();
  const luck = { spread: random(), tag: BigInt(1 + Math.floor(random() * MAX_TAG)) };
  return plan(
    {
      node: seen,
      stock,
      known,
      spentLastDay: plur(spentLastDay),
      sending: inFlight.busy,
      backOff: backOff.until,
      luck,
    },
    policy,
    expiryClock.now(),
  );
}
