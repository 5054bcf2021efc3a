import type { Bee } from '../bee/bee.ts';
import type { CanaryUpload } from '../bee/canary-upload.ts';
import type { Clock } from '../clock.ts';
import type { AcquireEvent } from '../domain/acquisition.ts';
import type { LeaseEvent } from '../domain/lease-event.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import type { Policy } from '../domain/policy.ts';
import type { Depth, NodeName, OrderId } from '../domain/units.ts';
import { createPool } from '../pool/create-pool.ts';
import { createOperations, type Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import { checkCanary } from '../reconciler/check-canary.ts';
import { type LeaseTimes, leaseTimesOf } from '../reconciler/lease-keeper.ts';
import { Reconciler, type ReconcilerParts } from '../reconciler/loop.ts';
import { compareSettings } from '../replicas/compare-settings.ts';
import type { IncidentSinks, Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import { type Store, StoreUnusableError } from '../store/store.ts';
import type { Trace } from '../trace.ts';
import { startWebhooks, type Webhooks, type WebhooksParts } from '../webhooks/webhooks.ts';
import { settingsDigest } from './settings-digest.ts';
import { type Signals, startSignals } from './start-signals.ts';

/** The pool, a reconciler per node and the notifications, without a server. Disposing stops the last two. */
export interface Engine extends AsyncDisposable {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly levels: Levels;
  readonly incidents: Incidents;
  /** Calls `listener` after every run that this process has made. Returns a function that removes it. */
  onRun(listener: (run: MaintenanceRun) => void): () => void;
  /** The same for runs that another process has made. */
  onRunElsewhere(listener: (run: MaintenanceRun) => void): () => void;
}

/**
 * Starts the pool, a reconciler per node and the notifications. They share only the store and the signals.
 * @throws StoreUnusableError if the store holds stock of a node that is not configured.
 */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { nodes, store, clock, policy, log } = parts;
  const names = nodes.map(({ name }) => name);
  const enabled = nodes.length > 0;
  const leaseTimes = parts.leaseTimes ?? leaseTimesOf(store.leases);
  if (enabled) assertOwned(await store.stockedNodes(), names);
  const signals = await startSignals({
    nodes: names,
    store,
    clock,
    policy,
    sinks: parts.sinks,
    replica: parts.replica,
    serverTimeEveryMs: leaseTimes.renewMs,
  });
  const { runs, sharedRuns, levels, incidents } = signals;
  const pool = createEnginePool(parts, signals);
  const webhooks = startEngineWebhooks(parts, signals);
  runs.onRun((run) => webhooks.runEnded(run));
  const onLease = (event: LeaseEvent): void => {
    signals.leaseChanged(event);
    if (event.is === 'lost') webhooks.runEndedElsewhere(event.node); // its next holder notifies the operator of it
    parts.onLease(event);
  };
  const operations = createOperations({
    enabled,
    store,
    clock,
    runs: sharedRuns,
    incidents,
    webhooks: webhooks.operations,
    replica: store.leases.shared ? parts.replica : null,
  });
  const settings = settingsDigest(policy);
  const reconcilers = nodes.map(
    ({ name, bee }) =>
      new Reconciler({
        ...reconcilerParts({ ...parts, onLease, settings, leaseTimes }, signals),
        node: name,
        bee,
        runs: runs.of(name),
        log: names.length > 1 ? logOfNode(name, log) : log,
      }),
  );
  const canaries = nodes.flatMap((node) => startCanary(node, parts, signals));
  const compared = { lastKnown: store.lastKnown, replicas: store.replicas, settings, incidents };
  runs.onRunElsewhere(({ node }) => void compareSettings(node.name, compared));
  let isStopped = false;
  const startRuns = (): void => {
    if (!isStopped) for (const reconciler of reconcilers) reconciler.start();
  };
  if (parts.runsAfter) void parts.runsAfter.then(startRuns);
  else startRuns();
  return {
    pool,
    operations,
    levels,
    incidents,
    onRun: (listener) => runs.onRun(listener),
    onRunElsewhere: (listener) => runs.onRunElsewhere(listener),
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      await disposeAll(canaries);
      await disposeAll(reconcilers);
      await webhooks[Symbol.asyncDispose]();
      await signals[Symbol.asyncDispose]();
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
  readonly groupCommit: boolean;
  readonly onOrder: (event: OrderEvent) => void;
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly newOrderId: (at: Date) => OrderId;
  readonly webhooks: EngineWebhooks;
  /** Identifies this process to the other replicas. */
  readonly replica: string;
  readonly onLease: (event: LeaseEvent) => void;
  /** Default: by whether the database has several processes. */
  readonly leaseTimes?: LeaseTimes;
  /** Runs the steps of a maintenance run. */
  readonly trace: Trace;
  /** The reconcilers start when it resolves. Default: at once. */
  readonly runsAfter?: Promise<void>;
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

function createEnginePool(
  { nodes, policy, store, clock, publicUrl, effectiveBytes, onAcquire, groupCommit, log }: EngineParts,
  { sharedRuns, levels, incidents, canaryChecks, expiryClock }: Signals,
): Pool {
  return createPool({
    enabled: nodes.length > 0,
    nodes: nodes.map(({ name }) => name),
    policy,
    store,
    clock,
    publicUrl,
    effectiveBytes,
    onAcquire,
    groupCommit,
    log,
    canaryChecks,
    levels,
    incidents,
    expiryClock,
    runs: sharedRuns,
  });
}

const startEngineWebhooks = (
  { webhooks, store, clock, policy, log }: EngineParts,
  { levels, incidents, canaryChecks, expiryClock }: Signals,
): Webhooks =>
  startWebhooks({
    ...webhooks,
    store,
    levels,
    canaryChecks,
    incidents,
    clock,
    expiryClock,
    policy,
    log,
  });

/** What the reconcilers of all nodes share. */
const reconcilerParts = (
  {
    nodes,
    policy,
    store,
    clock,
    random,
    newOrderId,
    onOrder,
    trace,
    replica,
    onLease,
    leaseTimes,
    settings,
  }: EngineParts & Pick<ReconcilerParts, 'settings' | 'leaseTimes'>,
  { levels, incidents, expiryClock, canaryChecks }: Signals,
): Omit<ReconcilerParts, 'node' | 'bee' | 'runs' | 'log'> => ({
  nodes: nodes.map(({ name }) => name),
  policy,
  settings,
  store,
  clock,
  random,
  newOrderId,
  onOrder,
  trace,
  holder: replica,
  onLease,
  leaseTimes,
  levels,
  incidents,
  expiryClock,
  canaryChecks,
});

function startCanary(
  { name, upload }: EngineNode,
  { policy, clock, random, log }: EngineParts,
  { runs, incidents, canaryChecks: checks }: Signals,
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

/** With several nodes, each line about what a node does or decides names it. */
const logOfNode =
  (node: NodeName, log: EngineParts['log']): EngineParts['log'] =>
  (fields, message) =>
    log({ node, ...fields }, message.startsWith(`node ${node} `) ? message : `${node}: ${message}`);

async function disposeAll(started: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(started.map((one) => one[Symbol.asyncDispose]()));
}

/** A batch works only on its own node. Without the node, its stock would be neither observed nor given out rightly. */
function assertOwned(stocked: readonly NodeName[], names: readonly NodeName[]): void {
  const [missing, ...others] = stocked.filter((node) => !names.includes(node));
  if (missing === undefined) return;
  const listed = [missing, ...others].map((node) => `"${node}"`).join(', ');
  const named = names.map((name) => `"${name}"`).join(', ');
  throw new StoreUnusableError(
    `It holds stock of the Bee node ${listed}, but SWARM_BEE_API_URL names ${named}. ` +
      `Use the same name again (SWARM_BEE_API_URL=${missing}=<url>), or, if the node is gone for good, retire its stock: stamp-pool node retire ${missing} (docs/operating.md#retiring-a-node).`,
  );
}
