/**
 * A simulated Bee node with its chain, for demos and tests: `npm run simulator`. This folder imports nothing else of
 * this project. simulator.ts is the simulator in one process; serve.ts puts it behind HTTP. docs/bee.md has the facts.
 */
import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BZZ_DECIMALS, parseCoins, XDAI_DECIMALS } from './admin-input.ts';
import { serveSimulator } from './serve.ts';
import { createSimulator, PLUR_PER_BZZ, type SimulatorOptions, WEI_PER_XDAI } from './simulator.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly blockTimeMs: number;
  readonly bzz: bigint;
  readonly xdai: bigint;
  readonly price: bigint;
  readonly startBlock: number;
  readonly beeVersion: NonNullable<SimulatorOptions['version']>;
  readonly adminPort: number | undefined;
  readonly beeBlockTimeS: number | undefined;
  readonly seed: number;
}

const program = new Command('simulator')
  .description(
    'A simulated Bee node with its own chain. It answers as a real node does, and spends no real money.',
  )
  .option('--port <port>', 'the port of the Bee API; 0 chooses a free port', parsePort, 1633)
  .option('--host <host>', 'the address to listen on', '127.0.0.1')
  .option(
    '--block-time-ms <ms>',
    'the time between blocks; 0: blocks are mined only by POST /mine on the admin port',
    parseWholeNumber,
    5000,
  )
  // commander cannot print a bigint, so these defaults have a text.
  .addOption(
    new Option('--bzz <amount>', 'the BZZ in the wallet of the node')
      .argParser(amountParser(BZZ_DECIMALS))
      .default(100n * PLUR_PER_BZZ, '100'),
  )
  .addOption(
    new Option('--xdai <amount>', 'the xDAI in the wallet of the node')
      .argParser(amountParser(XDAI_DECIMALS))
      .default(10n * WEI_PER_XDAI, '10'),
  )
  .addOption(
    new Option('--price <plur>', 'the price in PLUR per chunk and block')
      .argParser(parsePlur)
      .default(24_000n, '24000'),
  )
  .option('--start-block <number>', 'the newest block at the start', parseWholeNumber, 1000)
  .addOption(
    new Option('--bee-version <version>', 'the Bee release to simulate')
      .choices(['2.8.1', '2.8.0', '2.7.1'])
      .default('2.8.1'),
  )
  .option(
    '--admin-port <port>',
    'the port of the admin API; 0 chooses a free port (default: the port of the Bee API plus 1)',
    parsePort,
  )
  .option(
    '--bee-block-time-s <seconds>',
    'the block time from which Bee computes batchTTL (default: --block-time-ms in whole seconds, or 5 below one second)',
    parseWholeNumber,
  )
  .option('--seed <number>', 'the seed of all random values', parseWholeNumber, 1);

await run(program.parse().opts<Flags>());

async function run(flags: Flags): Promise<void> {
  process.on('SIGUSR1', () => {}); // without a listener Node opens a debugger port on this signal
  const simulator = createSimulator(optionsOf(flags));
  const { host, blockTimeMs } = flags;
  const adminPort = flags.adminPort ?? (flags.port === 0 ? 0 : flags.port + 1);
  try {
    const running = await serveSimulator(simulator, { port: flags.port, host, adminPort, blockTimeMs });
    print(`Simulated Bee ${flags.beeVersion} on ${running.url}`);
    print(`Admin API on ${running.adminUrl} (GET /faults, GET /state)`);
    await Promise.race([
      ...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)),
      orphanedByNpm(),
    ]);
    await running.close();
    print('Stopped.');
  } catch (error) {
    program.error(`error: ${exitMessage(error)}`);
  }
}

/** Resolves when npm has ended. npm sends SIGTERM to a shell, which exits without passing it on to this process. */
function orphanedByNpm(): Promise<void> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, 500).unref();
  });
}

function optionsOf(flags: Flags): SimulatorOptions {
  const { seed, startBlock, beeBlockTimeS } = flags;
  return {
    seed,
    startBlock,
    bzzPlur: flags.bzz,
    xdaiWei: flags.xdai,
    pricePlur: flags.price,
    version: flags.beeVersion,
    ...(flags.blockTimeMs > 0 && { blockTimeMs: flags.blockTimeMs }),
    ...(beeBlockTimeS !== undefined && { beeBlockTimeSeconds: beeBlockTimeS }),
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function exitMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || !('port' in error)) return error.message;
  if (error.code === 'EADDRINUSE')
    return `port ${String(error.port)} is in use: choose another with --port or --admin-port`;
  return error.code === 'EACCES' ? `this user may not listen on port ${String(error.port)}` : error.message;
}

function parseWholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return Number(text);
}

function parsePort(text: string): number {
  const number = parseWholeNumber(text);
  if (number > 65_535) throw new InvalidArgumentError('It must be a port: 0 to 65535.');
  return number;
}

function parsePlur(text: string): bigint {
  return BigInt(parseWholeNumber(text));
}

function amountParser(decimals: number): (text: string) => bigint {
  return (text) => {
    try {
      return parseCoins(text, decimals);
    } catch {
      throw new InvalidArgumentError('It must be an amount of money such as 12.5.');
    }
  };
}
