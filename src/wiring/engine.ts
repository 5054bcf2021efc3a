import type { Bee } from '../bee/bee.ts';
import type { CanaryUpload } from '../bee/canary-upload.ts';
import type { Clock } from '../clock.ts';
import type { AcquireEvent } from '../domain/acquisition.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import type { Policy } from '../domain/policy.ts';
import type { StockSnapshot } from '../domain/reserve.ts';
import type { Depth, NodeName, OrderId } from '../domain/units.ts';
import { createPool } from '../pool/create-pool.ts';
import { createOperations, type Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import { checkCanary } from '../reconciler/check-canary.ts';
import { Reconciler } from '../reconciler/loop.ts';
import { CanaryChecks } from '../signals/canary-checks.ts';
import { ExpiryClock } from '../signals/expiry-clock.ts';
import { followCommits } from '../signals/follow-commits.ts';
import { type IncidentSinks, Incidents } from '../signals/incidents.ts';
import { Levels } from '../signals/levels.ts';
import { Runs } from '../signals/runs.ts';
import { momentOf, type Store, StoreUnusableError } from '../store/store.ts';
import type { Trace } from '../trace.ts';
import { startWebhooks, type WebhooksParts } from '../webhooks/webhooks.ts';

/** The pool, its reconciler and the notifications, without a server. Disposing stops the last two. */
export interface Engine extends AsyncDisposable {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly levels: Levels;
  readonly incidents: Incidents;
  onRun(listener: (run: MaintenanceRun) => void): () => void;
}

/**
 * Starts the pool, its reconciler and the notifications. They share only the store and the signals.
 * @throws StoreUnusableError if the store holds stock of a node that is not configured.
 */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { node, store, clock, policy, publicUrl, effectiveBytes } = parts;
  const { onAcquire, onOrder, random, newOrderId, log, trace } = parts;
  if (node) assertOwned(await store.stockedNodes(), node.name);
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
  const runs = new Runs();
  const enabled = node !== null;
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
  const reconciler =
    node &&
    new Reconciler({
      node: node.name,
      bee: node.bee,
      policy,
      store,
      clock,
      random,
      newOrderId,
      log,
      onOrder,
      trace,
      ...signals,
    });
  const canary = startCanary(parts, { runs, incidents, canaryChecks });
  reconciler?.start();
  return {
    pool,
    operations,
    levels,
    incidents,
    onRun: (listener) => runs.onRun(listener),
    [Symbol.asyncDispose]: async () => {
      await canary?.[Symbol.asyncDispose]();
      await reconciler?.[Symbol.asyncDispose]();
      await webhooks[Symbol.asyncDispose]();
      await following[Symbol.asyncDispose]();
    },
  };
}

export interface EngineParts {
  /** null when the pool is disabled: no node is called. */
  readonly node: Node | null;
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: Policy;
  readonly publicUrl: string;
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
  /** Runs the steps of a maintenance run. */
  readonly trace: Trace;
}

type EngineWebhooks = Pick<
  WebhooksParts,
  'outbox' | 'receiver' | 'nodeUrl' | 'runwayThresholdDays' | 'onAttempt' | 'onWaiting'
>;

interface Node {
  readonly name: NodeName;
  readonly bee: Bee;
  /** null if the canary is not used. */
  readonly upload: CanaryUpload | null;
}

function startCanary(
  { node, policy, clock, random, log }: EngineParts,
  { runs, incidents, canaryChecks: checks }: CanarySignals,
): AsyncDisposable | null {
  const { canaryIntervalSeconds: intervalSeconds } = policy;
  const upload = node?.upload ?? null;
  if (node === null || upload === null || intervalSeconds === null) return null;
  return checkCanary({
    node: node.name,
    upload,
    intervalSeconds,
    runs,
    checks,
    incidents,
    clock,
    random,
    log,
  });
}

interface CanarySignals {
  readonly runs: Runs;
  readonly incidents: Incidents;
  readonly canaryChecks: CanaryChecks;
}

/** A batch works only on its own node. Under another name the stock would be bought again, and clients would get a wrong URL. */
function assertOwned(stocked: readonly NodeName[], name: NodeName): void {
  const others = stocked.filter((node) => node !== name);
  if (others.length === 0) return;
  throw new StoreUnusableError(
    `It holds stock of the Bee node ${others.map((node) => `"${node}"`).join(', ')}, but SWARM_BEE_API_URL names "${name}". ` +
      `Use the same name again (SWARM_BEE_API_URL=${others[0]}=<url>), or use another database (docs/operating.md#moving-to-another-node).`,
  );
}
