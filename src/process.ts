import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { Logger } from 'pino';
import { ConfigError } from './config/config-error.ts';
import type { Environment } from './config/environment.ts';
import { settingsText } from './config/settings-table.ts';
import { type Config, parseConfig } from './config.ts';
import type { ProcessLog } from './logger.ts';
import { StoreUnusableError } from './store/store.ts';

/** sysexits.h: something was found in an unconfigured or misconfigured state. */
const EXIT_CONFIG = 78;
/** A supervisor that is told five seconds gets its process back in time. */
const STOP_WITHIN_MS = 4400;
/** For the last log lines, on top of that. */
const FLUSH_MS = 300;

/** Answers --help and --version, and refuses arguments that mean nothing. */
export function readArguments(name: string, description: string): void {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  new Command(name)
    .description(description)
    .version(String(version))
    .addHelpText('after', `\n${settingsText()}`)
    .allowExcessArguments(false)
    .parse();
}

/** Ends the process with 78 when a setting is wrong, and says all that is. */
export function configOrExit(readEnvironment: () => Environment): Config {
  try {
    return parseConfig(readEnvironment());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return exitWithMistakes(error.mistakes);
  }
}

function exitWithMistakes(mistakes: readonly string[]): never {
  say(`The settings have ${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`}:`);
  for (const mistake of mistakes) say(`  ${mistake}`);
  return process.exit(EXIT_CONFIG);
}

/**
 * Starts the service and keeps it until SIGTERM, SIGINT, SIGHUP or the end of npm above it, then stops it gracefully; ends the process with 0. A
 * second signal ends it at once. A start that fails ends it with 1, in words where the cause is known.
 */
export async function runUntilSignal(
  start: () => Promise<AsyncDisposable>,
  { logger, output }: ProcessLog,
): Promise<never> {
  process.stdout.on('error', () => {}); // its reader may go away; the service goes on
  keepDebuggerClosed(logger);
  const signalled = Promise.race([firstSignal(), orphanedByNpm()]);
  try {
    const service = await start();
    logger.info({ signal: await signalled }, 'stopping');
    setTimeout(() => {
      logger.warn('not all was over in time; what is open is settled after the next start');
      void exitFlushed(0, output);
    }, STOP_WITHIN_MS);
    await service[Symbol.asyncDispose]();
    logger.info('stopped');
    return await exitFlushed(0, output);
  } catch (error) {
    say(inWords(error));
    return await exitFlushed(1, output);
  }
}

async function exitFlushed(code: number, output: ProcessLog['output']): Promise<never> {
  await output.flush(FLUSH_MS);
  return process.exit(code);
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals, number: number): void => {
      if (signal === 'SIGHUP' && signals > 0) return; // the kernel and the shell both send it when a terminal closes
      signals += 1;
      if (signals > 1) process.exit(128 + number);
      resolve(signal);
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

/** Without a listener Node opens a debugger port on SIGUSR1, through which anyone on the machine controls the process. */
function keepDebuggerClosed(logger: Logger): void {
  process.on('SIGUSR1', () => logger.warn('SIGUSR1 is ignored: the debugger stays closed'));
}

const PARENT_CHECK_MS = 500;

/** `npm start` passes SIGTERM to a shell that dies of it and passes nothing on: the service would hold port and database. */
function orphanedByNpm(): Promise<'npm has gone'> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve('npm has gone');
    }, PARENT_CHECK_MS).unref();
  });
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use. Stop what uses it, or choose another with PORT.',
  EACCES: 'this user may not use it. Choose one above 1023 with PORT.',
  EADDRNOTAVAIL: 'HOST is no address of this machine.',
  ENOTFOUND: 'HOST is no address of this machine.',
};

function inWords(error: unknown): string {
  if (error instanceof StoreUnusableError) return `The database cannot be used. ${error.message}`;
  const fault = error instanceof Error && 'code' in error ? LISTEN_FAULTS[String(error.code)] : undefined;
  if (fault === undefined || !(error instanceof Error)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const at = 'port' in error ? `port ${String(error.port)}` : 'HOST and PORT';
  return `Cannot listen on ${at}: ${fault}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
