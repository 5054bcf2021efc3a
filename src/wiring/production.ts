import { realpathSync } from 'node:fs';
import { createCanaryUpload } from '../bee/canary-upload.ts';
import { createBee } from '../bee/http-bee.ts';
import { openTransport } from '../bee/transport.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { type DatabaseConfig, shownDatabase } from '../config/database.ts';
import type { ProcessLog } from '../logger.ts';
import { ALL_SHORTCUTS, type Shortcuts } from '../pool/shortcuts.ts';
import { openStore } from '../store/open-store.ts';
import { StoreFailedError } from '../store/store.ts';
import { type App, startApp } from './app.ts';
import type { EngineNode } from './engine.ts';
import { startTelemetry } from './start-telemetry.ts';

/** An observation of a healthy node takes milliseconds. */
const OBSERVE_TIMEOUT_MS = 20_000;

/**
 * Starts the app with its Bee nodes over HTTP, its database and the system clock. Disposing stops all of them.
 * @throws StoreUnusableError, StoreFailedError, or an error with the code EADDRINUSE if the port is in use.
 */
export async function startProduction(
  config: Config,
  log: ProcessLog,
  shortcuts: Shortcuts = ALL_SHORTCUTS,
): Promise<App> {
  try {
    return await start(config, log, shortcuts);
  } catch (error) {
    if (!(error instanceof StoreFailedError)) throw error;
    const message = `${error.message}. It is ${shownDatabase(config.database)}, as DATABASE_URL says.`;
    throw new StoreFailedError(message, { cause: error });
  }
}

async function start(config: Config, { logger, output }: ProcessLog, shortcuts: Shortcuts): Promise<App> {
  for (const warning of config.warnings) logger.warn(warning);
  await using starting = new AsyncDisposableStack(); // stops what has started if a later step fails
  const clock = systemClock;
  const closedLast = starting.use(new AsyncDisposableStack());
  // refuses to start before a database is made, and stops before it is closed: it reads the last metrics from there
  const telemetry =
    config.telemetry && starting.use(await startTelemetry(config.telemetry, { logger, clock }));
  const store = closedLast.use(await openStore(config.database));
  const nodes = (config.enabled ? config.nodes : []).map((node): EngineNode => {
    const { name } = node;
    const url = node.apiUrl.reveal();
    const options = { headers: node.headers?.reveal() ?? {}, certificates: node.certificates };
    const transport = starting.use(openTransport(url, options));
    const send = telemetry?.traceSend(transport.send) ?? transport.send;
    const bee = starting.use(createBee({ node: name, send, clock, observeTimeoutMs: OBSERVE_TIMEOUT_MS }));
    const isCanaryUsed = config.policy.canaryIntervalSeconds !== null;
    return { name, bee, upload: isCanaryUsed ? createCanaryUpload(url, options) : null };
  });
  const droppedLogLines = (): number => output.dropped;
  const app = starting.use(
    await startApp(config, {
      nodes,
      store,
      clock,
      logger,
      telemetry,
      shortcuts,
      droppedLogLines,
      random: Math.random,
    }),
  );
  logger.info(
    {
      url: app.url,
      enabled: config.enabled,
      ...shownNodes(config),
      database: shownPath(config.database),
    },
    config.enabled ? 'serving' : 'serving a disabled pool: STAMP_POOL_ENABLED=true enables it',
  );
  const running = starting.move();
  return { ...app, [Symbol.asyncDispose]: async () => await running.disposeAsync() };
}

/** One node by its URL, several by their names and URLs. */
function shownNodes({ enabled, nodes }: Config): { readonly node?: string; readonly nodes?: object } {
  if (!enabled) return {};
  const [only, ...others] = nodes;
  return others.length === 0
    ? { ...(only && { node: only.apiUrl.shown }) }
    : { nodes: Object.fromEntries(nodes.map(({ name, apiUrl }) => [name, apiUrl.shown])) };
}

/** A file by its absolute path: the setting may be relative, or a link. */
const shownPath = (database: DatabaseConfig): string =>
  database.engine === 'sqlite' ? realpathSync(database.file) : shownDatabase(database);
