import type { Bee } from '../bee/bee.ts';
import type { CanaryUpload } from '../bee/canary-upload.ts';
import type { Clock } from '../clock.ts';
import type { AcquireEvent } from '../domain/acquisition.ts';
import type { LeaseEvent } from '../domain/lease-event.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import type { Policy } from '../domain/policy.ts';
import type { StockSnapshot } from '../domain/reserve.ts';
import type { Depth, NodeName, OrderId } from '../domain/units.ts';
import { createPool } from '../pool/create-pool.ts';
import { createOperations, type Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import { checkCanary } from '../reconciler/check-canary.ts';
import type { LeaseTimes } from '../reconciler/lease-keeper.ts';
import { Reconciler, type ReconcilerParts } from '../reconciler/loop.ts';
import { CanaryChecks } from '../signals/canary-checks.ts';
import { ExpiryClock } from '../signals/expiry-clock.ts';
import { followCommits } from '../signals/follow-commits.ts';
import { type IncidentSinks, Incidents } from '../signals/incidents.ts';
import { Levels } from '../signals/levels.ts';
import { Runs } from '../signals/runs.ts';
import { momentOf, type Store, StoreUnusableError } from '../store/store.ts';
import type { Trace } from '../trace.ts';
import { startWebhooks, type WebhooksParts } from '../webhooks/webhooks.ts';

/** The pool, a reconciler per node and the notifications, without a server. Disposing stops the last two. */
export interface Engine extends AsyncDisposable {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly levels: Levels;
  readonly incidents: Incidents;
  onRun(listener: (run: MaintenanceRun) => void): () => void;
}

/**
 * Starts the pool, a reconciler per node and the notifications. They share only the store and the signals.
 * @throws StoreUnusableError if the store holds stock of a node that is not configured.
 */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { nodes, store, clock, policy, publicUrl, effectiveBytes } = parts;
  const { onAcquire, log } = parts;
  const names = nodes.map(({ name }) => name);
  const enabled = nodes.length > 0;
  if (enabled) assertOwned(await store.stockedNodes(), names);
  const incidents = new Incidents(parts.sinks, clock);
  const expiryClock = new ExpiryClock(clock);
  const readSnapshot = (): Promise<StockSnapshot> => store.snapshot(momentOf(policy, expiryClock.now()));
  const levels = new Levels(await readSnapshot(), { policy, readSnapshot, now: () => clock.now() });
  const following = followCommits({
    watch: (listener) => store.watchCommits(listener),
    levels,
    clock,
    onError: (cause) =>
      incidents.report({ code: 'STORE_FAILED', subject: 'pool', detail: String(cause), cause }),
  });
  const runs = new Runs(names);
  const canaryChecks = new CanaryChecks();
  const signals = { runs, levels, incidents, expiryClock };
  const pool = createPool({
    enabled,
    policy,
    store,
    clock,
    publicUrl,
    effectiveBytes,
    onAcquire,
    groupCommit: parts.groupCommit ?? true,
    log,
    canaryChecks,
    ...signals,
  });
  const webhooks = startWebhooks({
    ...parts.webhooks,
    store,
    levels,
    canaryChecks,
    incidents,
    clock,
    expiryClock,
    policy,
    log,
  });
  runs.onRun((run) => webhooks.runEnded(run));
  const operations = createOperations({
    enabled,
    store,
    runs,
    incidents,
    webhooks: webhooks.operations,
  });
  const reconcilers = nodes.map(
    ({ name, bee }) =>
      new Reconciler({ ...reconcilerParts(parts, signals), node: name, bee, runs: runs.of(name) }),
  );
  const canaries = nodes.flatMap((node) => startCanary(node, parts, { runs, incidents, canaryChecks }));
  for (const reconciler of reconcilers) reconciler.start();
  return {
    pool,
    operations,
    levels,
    incidents,
    onRun: (listener) => runs.onRun(listener),
    [Symbol.asyncDispose]: async () => {
      await disposeAll(canaries);
      await disposeAll(reconcilers);
      await webhooks[Symbol.asyncDispose]();
      await following[Symbol.asyncDispose]();
    },
  };
}

export interface EngineParts {
  /** Empty when the pool is disabled: no node is called. */
  readonly nodes: readonly EngineNode[];
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: Policy;
  /** Where clients upload with stamps of a node; empty for a node that is not in the settings any more. */
  readonly publicUrl: (node: NodeName) => string;
  readonly effectiveBytes: (depth: Depth) => number;
  readonly sinks: IncidentSinks;
  /** Logs one decision, or what followed from it. */
  readonly log: (fields: Record<string, unknown>, message: string) => void;
  readonly onAcquire: (event: AcquireEvent) => void;
  /** Default: true. */
  readonly groupCommit?: boolean;
  readonly onOrder: (event: OrderEvent) => void;
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  readonly webhooks: EngineWebhooks;
  /** Identifies this process to the other ones on the same database. */
  readonly replica: string;
  readonly onLease: (event: LeaseEvent) => void;
  /** Default: by whether the database has several processes. */
  readonly leaseTimes?: LeaseTimes;
  /** Runs the steps of a maintenance run. */
  readonly trace: Trace;
}

type EngineWebhooks = Pick<
  WebhooksParts,
  'outbox' | 'receiver' | 'nodeUrl' | 'runwayThresholdDays' | 'onAttempt' | 'onWaiting'
>;

/** What the engine calls a node by. */
export interface EngineNode {
  readonly name: NodeName;
  readonly bee: Bee;
  /** null if the canary is not used. */
  readonly upload: CanaryUpload | null;
}

type SharedSignals = Pick<ReconcilerParts, 'levels' | 'incidents' | 'expiryClock'>;

/** What the reconcilers of all nodes share. */
const reconcilerParts = (
  {
    policy,
    store,
    clock,
    random,
    newOrderId,
    log,
    onOrder,
    trace,
    replica,
    onLease,
    leaseTimes,
  }: EngineParts,
  { levels, incidents, expiryClock }: SharedSignals,
): Omit<ReconcilerParts, 'node' | 'bee' | 'runs'> => ({
  policy,
  store,
  clock,
  random,
  newOrderId,
  log,
  onOrder,
  trace,
  holder: replica,
  onLease,
  leaseTimes,
  levels,
  incidents,
  expiryClock,
});

function startCanary(
  { name, upload }: EngineNode,
  { policy, clock, random, log }: EngineParts,
  { runs, incidents, canaryChecks: checks }: CanarySignals,
): readonly AsyncDisposable[] {
  const { canaryIntervalSeconds: intervalSeconds } = policy;
  if (upload === null || intervalSeconds === null) return [];
  return [
    checkCanary({
      node: name,
      upload,
      intervalSeconds,
      runs: runs.of(name),
      checks,
      incidents,
      clock,
      random,
      log,
    }),
  ];
}

async function disposeAll(started: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(started.map((one) => one[Symbol.asyncDispose]()));
}

interface CanarySignals {
  readonly runs: Runs;
  readonly incidents: Incidents;
  readonly canaryChecks: CanaryChecks;
}

/** A batch works only on its own node. Without the node, its stock would be neither observed nor given out rightly. */
function assertOwned(stocked: readonly NodeName[], names: readonly NodeName[]): void {
  const [missing, ...others] = stocked.filter((node) => !names.includes(node));
  if (missing === undefined) return;
  const listed = [missing, ...others].map((node) => `"${node}"`).join(', ');
  const named = names.map((name) => `"${name}"`).join(', ');
  throw new StoreUnusableError(
    `It holds stock of the Bee node ${listed}, but SWARM_BEE_API_URL names ${named}. ` +
      `Use the same name again (SWARM_BEE_API_URL=${missing}=<url>), or use another database (docs/operating.md#moving-to-another-node).`,
  );
}
