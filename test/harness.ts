import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createCanaryUpload } from '../src/bee/canary-upload.ts';
import { createBee } from '../src/bee/http-bee.ts';
import { openTransport } from '../src/bee/transport.ts';
import { systemClock } from '../src/clock.ts';
import { parseConfig } from '../src/config/config.ts';
import type { Environment } from '../src/config/environment.ts';
import type { MaintenanceRun } from '../src/domain/maintenance-run.ts';
import type { Policy } from '../src/domain/policy.ts';
import { ALL_SHORTCUTS } from '../src/pool/shortcuts.ts';
import { type RunningSimulator, serveSimulator } from '../src/simulator/serve.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../src/simulator/simulator.ts';
import { momentOf } from '../src/store/moment.ts';
import { openStore } from '../src/store/open-store.ts';
import { type Store } from '../src/store/store.ts';
import { type App, startApp } from '../src/wiring/app.ts';
import { deadPort } from './dead-port.ts';
import { migratedFile } from './store/migrated-file.ts';
import { type Counts, foreignBatches } from './virtual/stocked.ts';

const BLOCK_MS = 20;
/** Ends what hangs. A busy machine may hold the process for seconds in the middle of an observation, which must not fail. */
const OBSERVE_TIMEOUT_MS = 60_000;

/** Starts the whole service on a real file and real sockets, with a simulated node. */
export async function startTestApp({
  env = {},
  onNode = {},
  simulator: overrides = {},
  onSecondNode,
  around = (store) => store,
  blockMs = BLOCK_MS,
}: TestAppOptions = {}): Promise<TestApp> {
  await using starting = new AsyncDisposableStack();
  const directory = starting.adopt(mkdtempSync(join(tmpdir(), 'stamp-pool-')), (path) =>
    rmSync(path, { recursive: true }),
  );
  const label = onSecondNode && 'unused'; // without a label, batches are not adopted
  const { simulator, served } = await startNode(starting, { onNode, label, blockMs, simulator: overrides });
  const second =
    onSecondNode &&
    (await startNode(starting, { onNode: onSecondNode, label, blockMs, simulator: { seed: 2 } }));
  const file = join(directory, 'stamp-pool.db');
  await migratedFile(file);
  const config = parseConfig({
    STAMP_POOL_ENABLED: 'true',
    STAMP_POOL_ADOPT: 'any',
    STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
    STAMP_POOL_TOPUP_HOURS: '1',
    STAMP_POOL_MIN_TTL_HOURS: '0',
    STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
    SWARM_BLOCK_TIME_SECONDS: String(blockMs / 1000),
    SWARM_BEE_API_URL: second ? `bee=${served.url},second=${second.served.url}` : served.url,
    DATABASE_URL: `file:${file}`,
    PORT: '0',
    ...env,
  });
  const store = around(starting.use(await openStore(config.database)));
  const nodes = config.nodes.map(({ name, apiUrl }) => {
    const { send } = starting.use(openTransport(apiUrl.reveal()));
    const bee = starting.use(
      createBee({ node: name, send, clock: systemClock, observeTimeoutMs: OBSERVE_TIMEOUT_MS }),
    );
    return { name, bee, upload: createCanaryUpload(apiUrl.reveal()) };
  });
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void log.push(line) });
  const app = starting.use(
    await startApp(config, {
      nodes: config.enabled ? nodes : [],
      store,
      logger,
      clock: systemClock,
      droppedLogLines: () => 0,
      random: Math.random,
      shortcuts: ALL_SHORTCUTS,
    }),
  );
  const running = starting.move();
  return {
    url: app.url,
    simulator,
    beeUrl: served.url,
    store,
    log,
    run: rememberLast(app),
    full: () => targetsMet(app, store, config.policy),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

export interface TestAppOptions {
  /** Overrides the settings of the tests: enabled, short block time, no minimum times to live. */
  readonly env?: Environment;
  /** The number of usable, unused batches on the node by depth. They are adopted up to the targets. */
  readonly onNode?: Counts;
  readonly simulator?: SimulatorOptions;
  /** The same on a second node, which is named `second`. Then those of both nodes are adopted. Default: there is one node. */
  readonly onSecondNode?: Counts;
  /** Wraps the store of the process. */
  readonly around?: (store: Store) => Store;
  /** How often the nodes mine a block. Default: every 20 ms. */
  readonly blockMs?: number;
}

interface NodeOptions extends Required<Pick<TestAppOptions, 'onNode' | 'simulator' | 'blockMs'>> {
  readonly label: string | undefined;
}

/** A simulated node with its own chain, behind HTTP. */
async function startNode(
  starting: AsyncDisposableStack,
  { onNode, label, blockMs, simulator: overrides }: NodeOptions,
): Promise<{ readonly simulator: Simulator; readonly served: RunningSimulator }> {
  const simulator = createSimulator({
    blockTimeMs: blockMs,
    beeBlockTimeSeconds: blockMs / 1000,
    ...overrides,
  });
  simulator.mineBlocks(40);
  foreignBatches(simulator, onNode, label);
  const served = starting.adopt(
    // while the node is down, its port is free: no other test may get it
    await serveSimulator(simulator, { port: await deadPort(), blockTimeMs: blockMs }),
    (server) => server.close(),
  );
  return { simulator, served };
}

export interface TestApp extends AsyncDisposable {
  /** http://127.0.0.1:port */
  readonly url: string;
  readonly simulator: Simulator;
  /** The URL of the simulated node. */
  readonly beeUrl: string;
  readonly store: Store;
  /** The lines logged so far. */
  readonly log: readonly string[];
  /** Resolves to the last run if it matches, or else to the next one that does. */
  run(matches: (run: MaintenanceRun) => boolean): Promise<MaintenanceRun>;
  /** Resolves when the available stamps meet every target. */
  full(): Promise<void>;
}

function rememberLast(app: App): TestApp['run'] {
  let last: MaintenanceRun | null = null;
  app.onRun((run) => {
    last = run;
  });
  return (matches) => {
    if (last && matches(last)) return Promise.resolve(last);
    const { promise, resolve } = Promise.withResolvers<MaintenanceRun>();
    const stop = app.onRun((run) => {
      if (!matches(run)) return;
      stop();
      resolve(run);
    });
    return promise;
  };
}

async function targetsMet(app: App, store: Store, policy: Policy): Promise<void> {
  const met = async (): Promise<boolean> => {
    const levels = await store.levels(momentOf(policy, systemClock.now()));
    return [...policy.targets].every(([depth, target]) => (levels.get(depth) ?? 0) >= target);
  };
  while (!(await met())) await nextRun(app);
}

function nextRun(app: App): Promise<void> {
  return new Promise((resolve) => {
    const stop = app.onRun(() => {
      stop();
      resolve();
    });
  });
}
