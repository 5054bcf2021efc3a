import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BZZ_DECIMALS, parseCoins, XDAI_DECIMALS } from './admin-input.ts';
import { serveSimulator } from './serve.ts';
import type { SimulatorOptions } from './simulator.ts';
import { createSimulator, PLUR_PER_BZZ, WEI_PER_XDAI } from './simulator.ts';

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
    'A Bee node on a chain of its own that a client cannot tell from a real one. Nothing in it costs money.',
  )
  .option('--port <port>', 'where the Bee API listens; 0 takes any free port', port, 1633)
  .option('--host <host>', 'the address to listen on', '127.0.0.1')
  .option(
    '--block-time-ms <ms>',
    'mine a block so often; 0: only by POST /mine on the admin port',
    count,
    5000,
  )
  // Money is bigint, which commander cannot print: such defaults come with their words.
  .addOption(
    new Option('--bzz <amount>', 'BZZ in the wallet of the node')
      .argParser(coins(BZZ_DECIMALS))
      .default(100n * PLUR_PER_BZZ, '100'),
  )
  .addOption(
    new Option('--xdai <amount>', 'xDAI in the wallet of the node')
      .argParser(coins(XDAI_DECIMALS))
      .default(10n * WEI_PER_XDAI, '10'),
  )
  .addOption(
    new Option('--price <plur>', 'PLUR per chunk and block').argParser(plur).default(24_000n, '24000'),
  )
  .option('--start-block <number>', 'the newest block at the start', count, 1000)
  .addOption(
    new Option('--bee-version <version>', 'the release to behave like')
      .choices(['2.8.1', '2.8.0', '2.7.1'])
      .default('2.8.1'),
  )
  .option(
    '--admin-port <port>',
    'where the switchboard listens; 0 takes any free port (default: port + 1)',
    port,
  )
  .option('--bee-block-time-s <seconds>', 'the block time that Bee reckons batchTTL with', count)
  .option('--seed <number>', 'what is random follows from it', count, 1);

await run(program.parse().opts<Flags>());

async function run(flags: Flags): Promise<void> {
  process.on('SIGUSR1', () => {}); // without a listener Node opens a debugger port
  const simulator = createSimulator(optionsOf(flags));
  const { host, blockTimeMs } = flags;
  const adminPort = flags.adminPort ?? (flags.port === 0 ? 0 : flags.port + 1);
  try {
    const serving = await serveSimulator(simulator, { port: flags.port, host, adminPort, blockTimeMs });
    say(`Bee ${flags.beeVersion} (simulated) on ${serving.url}`);
    say(`Switchboard on ${serving.adminUrl} (GET /faults, GET /state)`);
    await Promise.race([
      ...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)),
      orphanedByNpm(),
    ]);
    await serving.close();
    say('Stopped.');
  } catch (error) {
    program.error(`error: ${inWords(error)}`);
  }
}

/** npm passes SIGTERM to a shell that dies of it and passes nothing on: the port would stay taken. */
function orphanedByNpm(): Promise<void> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
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

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || !('port' in error)) return error.message;
  if (error.code === 'EADDRINUSE')
    return `port ${String(error.port)} is in use: choose another with --port or --admin-port`;
  return error.code === 'EACCES' ? `port ${String(error.port)} may not be used by this user` : error.message;
}

function count(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return Number(text);
}

function port(text: string): number {
  const number = count(text);
  if (number > 65_535) throw new InvalidArgumentError('It must be a port: 0 to 65535.');
  return number;
}

function plur(text: string): bigint {
  return BigInt(count(text));
}

function coins(decimals: number): (text: string) => bigint {
  return (text) => {
    try {
      return parseCoins(text, decimals);
    } catch {
      throw new InvalidArgumentError('It must be an amount of money such as 12.5.');
    }
  };
}
