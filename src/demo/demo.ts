// This folder is the service with a simulated Bee node, for trying it without money: npm run demo.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prettyFactory } from 'pino-pretty';
import { readArguments } from '../cli/arguments.ts';
import { orExit } from '../cli/exit-message.ts';
import { runUntilSignal } from '../cli/run-until-signal.ts';
import { parseConfig } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { LogOutput } from '../log-output.ts';
import { createProcessLog } from '../logger.ts';
import type { RunningSimulator } from '../simulator/serve.ts';
import { createSimulator, PLUR_PER_BZZ, WEI_PER_XDAI } from '../simulator/simulator.ts';
import type { App } from '../wiring/app.ts';
import { startProduction } from '../wiring/production.ts';
import { DEFAULTS, SETTINGS_HELP } from './defaults.ts';
import { createProgress, isFull, progressLine, stockSchema } from './progress.ts';
import { MAX_NODES, nodesText, parseNodeCount, portsOf, serveBee } from './simulated-bee.ts';

/** Pays for many full reserves. */
const FUNDS = { bzzPlur: 10_000n * PLUR_PER_BZZ, xdaiWei: 100n * WEI_PER_XDAI };

const options = readArguments(
  'stamp-pool-demo',
  {
    description: 'The stamp pool with a simulated Bee node and chain. It spends no real money.',
    details: SETTINGS_HELP,
  },
  (program) => program.option('--nodes <count>', `how many nodes, up to ${MAX_NODES}`, parseNodeCount, 1),
);
// Without .env, which has the settings of a real pool: the demo must not open the database of that pool.
const env: Environment = process.env;
const settings = orExit(() => parseConfig({ ...DEFAULTS, ...env, STAMP_POOL_ENABLED: 'false' }));
const log = createProcessLog({
  level: settings.logLevel,
  output: new LogOutput(2),
  format: prettyFactory({ colorize: process.stderr.isTTY }),
});
await runUntilSignal(startDemo, log);

async function startDemo(): Promise<AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-demo-'));
  starting.defer(() => rmSync(directory, { recursive: true, force: true }));
  const { blockTimeSeconds } = settings.policy;
  const blockTimeMs = blockTimeSeconds * 1000;
  const nodes: RunningSimulator[] = [];
  for (let n = 0; n < Number(options['nodes']); n += 1) {
    const chain = { seed: n + 1, blockTimeMs, beeBlockTimeSeconds: blockTimeSeconds };
    const bee = await serveBee(createSimulator({ ...FUNDS, ...chain }), { ports: portsOf(n), blockTimeMs });
    starting.defer(async () => await bee.close());
    nodes.push(bee);
  }
  const config = parseConfig(demoEnvironment(nodes, directory));
  const app = starting.use(await startProduction(config, log));
  print(introduction(app, nodes));
  showProgress(app);
  return starting.move();
}

/** The environment takes precedence, except for the settings that name the simulated node. */
function demoEnvironment(nodes: readonly RunningSimulator[], directory: string): Environment {
  return {
    ...DEFAULTS,
    DATABASE_URL: `file:${join(directory, 'stamp-pool.db')}`,
    ...env,
    STAMP_POOL_ENABLED: 'true',
    SWARM_BEE_API_URL: nodesText(nodes.map(({ url }) => url)),
  };
}

function introduction({ url }: App, nodes: readonly RunningSimulator[]): string {
  const { blockTimeSeconds } = settings.policy;
  return `
  The stamp pool runs with ${nodes.length === 1 ? 'a simulated Bee node that makes' : `${nodes.length} simulated Bee nodes that make`} a block every ${blockTimeSeconds} s. It spends no real money. Ctrl-C stops it.

    dashboard            ${url}/   (in a browser)
    GraphQL              ${url}/graphql   (GraphiQL in a browser)
    REST                 ${url}/api/v1/pool/status
${nodes.map(nodeLines).join('\n')}

  Commands to try when the reserve is full:

    curl -s -X POST ${url}/api/v1/pool/acquire -H 'Content-Type: application/json' -d '{"size":"small"}'

    curl -s ${url}/graphql -H 'Content-Type: application/json' -d '{"query":"{ poolStatus { depths { depth target available onOrder } } }"}'

    curl -sN ${url}/graphql -H 'Content-Type: application/json' -H 'Accept: text/event-stream' -d '{"query":"subscription { reserveLevels { totalAvailable depths { depth available onOrder } } }"}'

    node examples/acquire.mjs ${url}
`;
}

function nodeLines({ url, adminUrl }: RunningSimulator): string {
  return `    simulated Bee node   ${url}\n    its admin API        ${adminUrl}/state   ${adminUrl}/faults`;
}

/** Shows a line per maintenance run until every target is met for the first time. */
function showProgress(app: App): void {
  const show = createProgress(process.stdout);
  const showStock = async (run: MaintenanceRun): Promise<void> => {
    const response = await fetch(`${app.url}/api/v1/pool/status`);
    const stock = stockSchema.parse(await response.json());
    show(progressLine(stock, run));
    if (!isFull(stock)) return;
    stop();
    print('\nThe reserve is full. Try the commands above.');
  };
  const stop = app.onRun((run) => {
    showStock(run).catch((error: unknown) => log.logger.debug({ err: error }, 'cannot read the pool status'));
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
