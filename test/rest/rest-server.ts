import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_FAILURES } from '../../src/bee/bee.ts';
import type { Clock } from '../../src/clock.ts';
import { parseConfig } from '../../src/config/config.ts';
import type { Exposure } from '../../src/domain/access-settings.ts';
import type { Authenticate } from '../../src/domain/caller.ts';
import { knownAfter, type LastKnown } from '../../src/domain/last-known.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { NoHolderError } from '../../src/domain/no-holder-error.ts';
import type { AvailableStamp } from '../../src/domain/stamp.ts';
import type { NodeName } from '../../src/domain/units.ts';
import { startServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { createPool } from '../../src/pool/create-pool.ts';
import { createOperations } from '../../src/pool/operations.ts';
import { ALL_SHORTCUTS, type Shortcuts } from '../../src/pool/shortcuts.ts';
import type { Contract } from '../../src/rest/contract.ts';
import { contract2026January } from '../../src/rest/contract-2026-01.ts';
import { CanaryChecks } from '../../src/signals/canary-checks.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { Levels } from '../../src/signals/levels.ts';
import type { NodeRuns } from '../../src/signals/node-runs.ts';
import { Runs } from '../../src/signals/runs.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { createWebhookOperations } from '../../src/webhooks/operations.ts';
import { momentAt, NODE, T0 } from '../builders.ts';
import { authenticateAll } from '../open-session.ts';
import { migratedFile } from '../store/migrated-file.ts';

const anExposure: Exposure = {
  maxDocumentBytes: 10_000,
  maxConnections: 10_000,
  maxConnectionsPerAddress: 200,
  allowedHosts: null,
  corsOrigins: new Set(),
  trustedProxies: [],
  graphiql: true,
};

interface Wishes {
  readonly exposure?: Partial<Exposure>;
  /** How late the event loop runs. Default: it is on time. */
  readonly lagMs?: () => number;
  readonly contract?: Contract;
  readonly enabled?: boolean;
  readonly stamps?: readonly AvailableStamp[];
  /** The nodes of the settings. Default: one. */
  readonly nodes?: readonly NodeName[];
  /** What this process is called beside others on the same database. Default: there are none. */
  readonly replica?: string;
  /** What uploads with canaries showed. */
  readonly canaryChecks?: CanaryChecks;
  /** The wall clock. Default: T0. */
  readonly now?: () => Date;
  /** The result of every maintenance run that is requested. */
  readonly run?: MaintenanceRun;
  /** No process makes a run. */
  readonly noHolder?: boolean;
  /** Who may send requests. Default: every sender may do everything. */
  readonly authenticate?: (tokens: TokenStore) => Promise<Authenticate>;
  /** The directory of the built dashboard. */
  readonly dashboard?: string;
  /** Makes the ids of acquisitions. Default: random ones. */
  readonly newId?: (at: Date) => string;
  /** Default: all. */
  readonly shortcuts?: Shortcuts;
  /** Wraps the store that the pool gets. */
  readonly around?: (store: Store) => Store;
}

export interface RestServer extends AsyncDisposable {
  readonly url: string;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly levels: Levels;
  /** Of its only node. */
  readonly runs: NodeRuns;
  /** The lines that the server has logged, of level info or above. */
  readonly logged: readonly string[];
  /** The fields of the lines about acquisitions. */
  readonly decisions: readonly Record<string, unknown>[];
  /** POST /api/v1/pool/acquire with a JSON body. */
  acquire(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

const noHolder = async (): Promise<never> => {
  throw new NoHolderError([NODE]);
};

/** A clock whose monotonic time stands still. */
const stillAt = (now: () => Date): Clock => ({
  now,
  monotonicMs: () => 0,
  sleep: async () => {},
  onJump: () => () => {},
});

/** A pool over a SQLite file in a temporary directory, served over real HTTP, without a reconciler. */
export async function restServer(wishes: Wishes = {}): Promise<RestServer> {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'rest-'));
  stack.defer(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'pool.db');
  await migratedFile(path);
  const file = stack.use(
    await openSqliteStore({
      file: path,
      ...(wishes.newId && { newId: wishes.newId }),
    }),
  );
  await file.write(
    (wishes.stamps ?? []).map((stamp) => ({ change: 'stampAdded', stamp })),
    T0,
  );
  const still = stillAt(wishes.now ?? (() => T0));
  const store = wishes.around?.(file) ?? file;
  const { policy } = parseConfig({});
  const logged: string[] = [];
  const decisions: Record<string, unknown>[] = [];
  let known: LastKnown | null = null;
  const metrics = createMetrics({
    targets: policy.targets.keys(),
    droppedLogLines: () => 0,
    beeFailures: [NO_FAILURES],
    known: () => (known ? [known] : []),
    nodes: [NODE],
    now: () => T0,
    blockTimeSeconds: policy.blockTimeSeconds,
    runIntervalSeconds: policy.runIntervalSeconds,
  });
  const incidents = new Incidents(
    { log: () => {}, count: (code) => metrics.incident(code) },
    { now: () => T0, monotonicMs: () => 0 },
  );
  const allRuns = new Runs([NODE]);
  const runs = allRuns.of(NODE);
  const { run, enabled = true } = wishes;
  if (run) runs.onRequest(() => runs.end(run));
  runs.onRun((ended) => {
    known = knownAfter(known, ended);
  });
  const readSnapshot = () => file.snapshot(momentAt(T0, policy.acquireMinTtlSeconds));
  const levels = new Levels(await readSnapshot(), { policy, readSnapshot, now: () => T0 });
  const pool = createPool({
    nodes: wishes.nodes ?? [NODE],
    store,
    policy,
    runs: allRuns,
    incidents,
    clock: still,
    expiryClock: new ExpiryClock(still),
    enabled,
    levels,
    canaryChecks: wishes.canaryChecks ?? new CanaryChecks(),
    publicUrl: (node) => `http://${node}.example`,
    effectiveBytes: () => 41_000,
    onAcquire: (event) => metrics.acquired(event),
    groupCommit: true,
    log: (fields) => void decisions.push(fields),
  });
  const server = stack.use(
    await startServer({
      pool,
      authenticate: (await wishes.authenticate?.(file.tokens)) ?? authenticateAll,
      operations: createOperations({
        enabled,
        store,
        clock: still,
        runs: wishes.noHolder === true ? { join: noHolder, preview: noHolder } : allRuns,
        incidents,
        replica: wishes.replica ?? null,
        webhooks: createWebhookOperations({ outbox: file.outbox, clock: still, sender: null }),
      }),
      metrics,
      host: '127.0.0.1',
      port: 0,
      lagMs: wishes.lagMs ?? (() => 0),
      exposure: { ...anExposure, ...wishes.exposure },
      ...(wishes.dashboard !== undefined && { dashboard: wishes.dashboard }),
      shortcuts: wishes.shortcuts ?? ALL_SHORTCUTS,
      contract: wishes.contract ?? contract2026January,
      logger: createLogger({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    }),
  );
  const running = stack.move();
  return {
    url: server.url,
    store,
    incidents,
    levels,
    runs,
    logged,
    decisions,
    acquire: async (body, headers = {}) =>
      await fetch(`${server.url}/api/v1/pool/acquire`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: async () => await running.disposeAsync(),
  };
}
