import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prettyFactory } from 'pino-pretty';
import type { App } from './app.ts';
import { readArguments } from './cli/arguments.ts';
import { orExit } from './cli/exit-message.ts';
import type { Environment } from './config/environment.ts';
import { parseConfig } from './config.ts';
import { createProgress, isFull, progressLine, stockSchema } from './demo-progress.ts';
import type { Turn } from './domain/turn.ts';
import { LogOutput } from './log-output.ts';
import { createProcessLog } from './logger.ts';
import { runUntilSignal } from './process.ts';
import { startService } from './service.ts';
import { type Serving, serveSimulator } from './simulator/serve.ts';
import { createSimulator, PLUR_PER_BZZ, WEI_PER_XDAI } from './simulator/simulator.ts';

const BLOCK_SECONDS = 1;
/** Enough to fill the reserve many times over. */
const FUNDS = { bzzPlur: 10_000n * PLUR_PER_BZZ, xdaiWei: 100n * WEI_PER_XDAI };

readArguments(
  'stamp-pool-demo',
  'The stamp pool with a simulated Bee node and chain. Nothing in it costs money.',
);
// Not from .env: it is the real pool's, and the demo must not come near that pool's database.
const env: Environment = process.env;
const log = createProcessLog({
  level: orExit(() => parseConfig({ LOG_LEVEL: 'warn', ...env, STAMP_POOL_ENABLED: 'false' })).logLevel,
  output: new LogOutput(2),
  format: prettyFactory({ colorize: process.stderr.isTTY }),
});
await runUntilSignal(startDemo, log);

async function startDemo(): Promise<AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-demo-'));
  starting.defer(() => rmSync(directory, { recursive: true, force: true }));
  const blockTimeMs = BLOCK_SECONDS * 1000;
  const simulator = createSimulator({ ...FUNDS, blockTimeMs, beeBlockTimeSeconds: BLOCK_SECONDS });
  const bee = await serveSimulator(simulator, { port: 0, blockTimeMs });
  starting.defer(async () => await bee.close());
  const config = parseConfig(demoEnvironment(bee.url, directory));
  const app = starting.use(await startService(config, log));
  say(introduction(app, bee));
  showProgress(app);
  return starting.move();
}

/** What the environment sets wins, but for the simulated node. */
function demoEnvironment(beeUrl: string, directory: string): Environment {
  return {
    STAMP_POOL_RESERVE: '17:2,20:1',
    STAMP_POOL_CHECK_INTERVAL_SECONDS: '30',
    DATABASE_URL: `file:${join(directory, 'stamp-pool.db')}`,
    ...env,
    STAMP_POOL_ENABLED: 'true',
    SWARM_BEE_API_URL: beeUrl,
    SWARM_BLOCK_TIME_SECONDS: String(BLOCK_SECONDS),
  };
}

function introduction({ url }: App, bee: Serving): string {
  return `
  The stamp pool runs against a simulated Bee node, a block a second. Nothing costs money; Ctrl-C ends it.

    GraphQL              ${url}/graphql   (in a browser: GraphiQL)
    REST                 ${url}/api/v1/pool/status
    simulated Bee        ${bee.url}
    its switchboard      ${bee.adminUrl}   (GET /state, GET /faults)

  Worth trying, once the first stamps are there:

    curl -X POST ${url}/api/v1/pool/acquire -H 'Content-Type: application/json' -d '{"size":"small"}'

    curl ${url}/graphql -H 'Content-Type: application/json' \\
      -d '{"query":"{ poolStatus { depths { depth target available onOrder } } }"}'

    curl -N ${url}/graphql -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \\
      -d '{"query":"subscription { reserveLevels { totalAvailable depths { depth available onOrder } } }"}'
`;
}

/** Until every target is met for the first time. */
function showProgress(app: App): void {
  const show = createProgress(process.stdout);
  const look = async (turn: Turn): Promise<void> => {
    const response = await fetch(`${app.url}/api/v1/pool/status`);
    const stock = stockSchema.parse(await response.json());
    show(progressLine(stock, turn));
    if (!isFull(stock)) return;
    stop();
    say('\nThe reserve is full: try the commands above.');
  };
  const stop = app.onTurn((turn) => {
    look(turn).catch((error: unknown) => log.logger.debug({ err: error }, 'the status could not be read'));
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
