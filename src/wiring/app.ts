// This folder starts the service: the engine is pool and reconciler, the app adds the server, production adds the real parts.

import type { Logger } from 'pino';
import { pollAccess } from '../access/poll-access.ts';
import { NO_FAILURES } from '../bee/bee.ts';
import { capacityOf } from '../bee/capacity.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Severity } from '../domain/incident-kind.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Adoption } from '../domain/policy.ts';
import { type NodeName, parseOrderId } from '../domain/units.ts';
import { measureEventLoopLag } from '../http/event-loop-lag.ts';
import { watchFileDescriptors } from '../http/file-descriptors.ts';
import { startServer } from '../http/server.ts';
import { decisionLogger } from '../logger.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { KeptLastKnown } from '../pool/kept-last-known.ts';
import { recordHistory } from '../pool/record-history.ts';
import type { Shortcuts } from '../pool/shortcuts.ts';
import type { Contract } from '../rest/contract.ts';
import { contract2026January } from '../rest/contract-2026-01.ts';
import { contract2026April } from '../rest/contract-2026-04.ts';
import type { Store } from '../store/store.ts';
import { timeOrderedIds } from '../store/time-ordered-ids.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { untraced } from '../trace.ts';
import { openPost } from '../webhooks/open-post.ts';
import { createReceiver, type Post } from '../webhooks/receiver.ts';
import { type EngineNode, type EngineParts, startEngine } from './engine.ts';
import { openConfiguredAccess } from './open-access.ts';
import { replicaId } from './replica-id.ts';

/** A running service. Disposing stops the server, then the reconciler; it does not close the parts in `ExternalParts`. */
export interface App extends AsyncDisposable {
  readonly url: string;
  /** Calls `listener` after every maintenance run. Returns a function that removes it. */
  onRun(listener: (run: MaintenanceRun) => void): () => void;
}

/** From listening to the first run: it loads the HTTP client, while clients may already send requests. */
const FIRST_RUN_DELAY_MS = 50;

/** Starts the engine and the HTTP server. @throws an error with the code EADDRINUSE if the port is in use. */
export async function startApp(config: Config, external: ExternalParts): Promise<App> {
  const { nodes, clock, logger, telemetry, shortcuts } = external;
  const store = telemetry?.traceStore(external.store) ?? external.store;
  await using starting = new AsyncDisposableStack(); // stops what has started if a later step fails
  const lastKnown = await KeptLastKnown.open(
    store,
    nodes.map(({ name }) => name),
  );
  const counted = countingMetrics(config, external, lastKnown);
  const metrics = telemetry?.recordDurations(counted) ?? counted;
  const access = await openConfiguredAccess(config, { tokens: store.tokens, clock, logger, metrics });
  const post = config.webhooks && starting.use(openPost(config.webhooks.url.reveal())).post;
  const serving = Promise.withResolvers<void>();
  const parts = { ...external, store, metrics, post, runsAfter: serving.promise };
  const engine = starting.use(await startEngine(await engineParts(config, parts)));
  engine.onRun((run) => metrics.runEnded(run));
  engine.onRun((run) => lastKnown.runEnded(run));
  engine.onRunElsewhere((run) => lastKnown.runEnded(run));
  await telemetry?.exportSeries(metrics, engine);
  if (engine.pool.enabled)
    starting.use(recordHistory({ store, clock, levels: engine.levels, incidents: engine.incidents }));
  starting.use(
    pollAccess(access, {
      clock,
      onTokensRequired: () => logger.info('a token was created: from now on requests need a token'),
      onError: (cause) =>
        engine.incidents.report({ code: 'STORE_FAILED', subject: 'tokens', detail: messageOf(cause), cause }),
    }),
  );
  await logAdoptedBefore(config.policy.adoption, store, logger);
  starting.defer(
    watchFileDescriptors((detail) =>
      engine.incidents.remind({ code: 'FILE_DESCRIPTORS_LOW', subject: 'process', detail }),
    ),
  );
  const lag = starting.use(measureEventLoopLag());
  const { url } = starting.use(
    await startServer({
      pool: telemetry?.tracePool(engine.pool) ?? engine.pool,
      operations: engine.operations,
      authenticate: access.authenticate,
      contract: CONTRACTS[config.restContract],
      metrics,
      logger,
      host: config.host,
      port: config.port,
      exposure: config.exposure,
      lagMs: lag.ms,
      shortcuts,
      traceRequests: telemetry?.traceRequests,
    }),
  );
  const firstRuns = setTimeout(serving.resolve, FIRST_RUN_DELAY_MS);
  starting.defer(() => clearTimeout(firstRuns));
  const running = starting.move(); // stops in reverse order
  return {
    url,
    onRun: (listener) => engine.onRun(listener),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const countingMetrics = (
  { policy }: Config,
  { nodes, clock, droppedLogLines }: ExternalParts,
  lastKnown: KeptLastKnown,
): Metrics =>
  createMetrics({
    targets: policy.targets.keys(),
    droppedLogLines,
    beeFailures: [NO_FAILURES, ...nodes.map(({ bee }) => bee.failures)],
    known: () => lastKnown.all,
    nodes: nodes.map(({ name }) => name),
    now: () => clock.now(),
    blockTimeSeconds: policy.blockTimeSeconds,
    runIntervalSeconds: policy.runIntervalSeconds,
  });

/** `post` sends webhooks; null if there is no receiver. */
async function engineParts(
  { nodes: configured, policy, webhooks }: Config,
  { nodes, store, clock, logger, random, telemetry, shortcuts, metrics, post, runsAfter }: AppParts,
): Promise<EngineParts> {
  const decisions = decisionLogger(logger);
  const [newest] = (await store.orders({ first: 1, after: null, states: null })).items;
  const newId = timeOrderedIds(newest?.item.id); // ids stay ordered across restarts
  const settingsOf = (node: NodeName) => configured.find(({ name }) => name === node);
  if (webhooks) logger.info({ host: webhooks.host }, 'webhooks are enabled');
  return {
    nodes,
    store,
    clock,
    policy,
    publicUrl: (node) => settingsOf(node)?.publicUrl ?? '',
    effectiveBytes: capacityOf,
    sinks: {
      log: (severity, fields, message) => logger[LOG_LEVELS[severity]](fields, message),
      count: (code) => metrics.incident(code),
    },
    log: (fields, message) => decisions.info(fields, message),
    onAcquire: (event) => metrics.acquired(event),
    groupCommit: shortcuts.groupCommit,
    onOrder: (event) => metrics.orderSettled(event),
    random,
    newOrderId: (at) => parseOrderId(newId(at)),
    webhooks: {
      outbox: store.outbox,
      receiver: webhooks && post && createReceiver({ post, secret: webhooks.secret.reveal(), clock }),
      nodeUrl: (node) => settingsOf(node)?.apiUrl.shown ?? '',
      runwayThresholdDays: webhooks?.runwayDays ?? 0,
      onAttempt: (result) => metrics.webhooks.attempted(result),
      onWaiting: (count) => metrics.webhooks.waiting(count),
    },
    trace: telemetry?.trace ?? untraced,
    replica: replicaId(),
    onLease: (event) => metrics.leaseChanged(event),
    runsAfter,
  };
}

interface AppParts extends ExternalParts {
  readonly metrics: Metrics;
  readonly post: Post | null;
  /** The first runs start after it. */
  readonly runsAfter: Promise<void>;
}

/** The parts that differ between production and tests. */
export interface ExternalParts {
  /** One for each node of the settings. Empty when the pool is disabled: no node is called. */
  readonly nodes: readonly EngineNode[];
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent if no traces and metrics are sent. */
  readonly telemetry?: Telemetry | null;
  /** The number since the process started. */
  readonly droppedLogLines: () => number;
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly shortcuts: Shortcuts;
}

/** The log line has the count of all, and the ids of the first. */
const MAX_LOGGED_IDS = 10;

const CONTRACTS: Record<Config['restContract'], Contract> = {
  '2026-01': contract2026January,
  '2026-04': contract2026April,
};

const LOG_LEVELS = { info: 'info', warning: 'warn', error: 'error' } as const satisfies Record<
  Severity,
  string
>;

/** Logs which listed batches were adopted before: they are not adopted again (docs/operating.md#adoption). */
async function logAdoptedBefore(adoption: Adoption, store: Store, logger: Logger): Promise<void> {
  if (adoption.from !== 'list') return;
  const pooled = await store.filterPooled([...adoption.batchIds]);
  if (pooled.size === 0) return;
  logger.info(
    { count: pooled.size, listed: adoption.batchIds.size, batchIds: [...pooled].slice(0, MAX_LOGGED_IDS) },
    'batches listed in STAMP_POOL_ADOPT are or were in the pool; they are not adopted again',
  );
}
