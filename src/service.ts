import { realpathSync } from 'node:fs';
import { type App, startApp } from './app.ts';
import { createBee } from './bee/bee-http.ts';
import { openTransport } from './bee/http-transport.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import type { ProcessLog } from './logger.ts';
import { openSqliteStore } from './store/sqlite/open.ts';

/** How long one look at a node may take. A healthy one takes milliseconds. */
const OBSERVE_TIMEOUT_MS = 20_000;

/**
 * The app over what is real: a Bee node by HTTP, a SQLite file, the clock of this machine. Disposing stops all of it.
 * @throws StoreUnusableError; an error with the code EADDRINUSE when the port is taken.
 */
export async function startService(config: Config, { logger, output }: ProcessLog): Promise<App> {
  for (const warning of config.warnings) logger.warn(warning);
  await using starting = new AsyncDisposableStack(); // a start that fails half-way cleans up by itself
  const clock = systemClock;
  const store = starting.use(await openSqliteStore({ file: config.databaseFile }));
  const node = config.enabled ? config.node : null;
  const transport = node && starting.use(openTransport(node.apiUrl.reveal()));
  const bee =
    node &&
    transport &&
    starting.use(
      createBee({ node: node.name, send: transport.send, clock, observeTimeoutMs: OBSERVE_TIMEOUT_MS }),
    );
  const droppedLogLines = (): number => output.dropped;
  const app = starting.use(
    await startApp(config, { bee, store, clock, logger, droppedLogLines, random: Math.random }),
  );
  logger.info(
    {
      url: app.url,
      enabled: config.enabled,
      node: node?.apiUrl.shown,
      database: realpathSync(config.databaseFile),
    },
    'serving',
  );
  const running = starting.move();
  return { ...app, [Symbol.asyncDispose]: async () => await running.disposeAsync() };
}
