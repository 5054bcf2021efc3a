import type { Logger } from 'pino';
import type { ProcessLog } from '../logger.ts';
import { exitCode, exitMessage } from './exit-message.ts';

/** Supervisors commonly wait five seconds before they kill a process; this leaves time for the last log lines. */
const SHUTDOWN_TIMEOUT_MS = 4400;
const FLUSH_TIMEOUT_MS = 300;

/**
 * Starts the service, waits for SIGTERM, SIGINT, SIGHUP or the exit of the npm that started this process, stops the
 * service and exits with 0. A second signal exits immediately. A failed start exits with 1, or with 78 after a ConfigError.
 */
export async function runUntilSignal(
  start: () => Promise<AsyncDisposable>,
  { logger, output }: ProcessLog,
): Promise<never> {
  process.stdout.on('error', () => {}); // the service outlives the reader of its log
  keepDebuggerClosed(logger);
  const stopRequested = Promise.race([firstSignal(), npmExit()]); // before the start: a signal may arrive during it
  try {
    const service = await start();
    logger.info({ signal: await stopRequested }, 'stopping');
    setTimeout(() => {
      logger.warn('shutdown timed out; open orders will be settled after the next start');
      void exitFlushed(0, output);
    }, SHUTDOWN_TIMEOUT_MS);
    await service[Symbol.asyncDispose]();
    logger.info('stopped');
    return await exitFlushed(0, output);
  } catch (error) {
    process.stderr.write(`${exitMessage(error)}\n`);
    return await exitFlushed(exitCode(error), output);
  }
}

async function exitFlushed(code: number, output: ProcessLog['output']): Promise<never> {
  await output.flush(FLUSH_TIMEOUT_MS);
  return process.exit(code);
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals, number: number): void => {
      if (signal === 'SIGHUP' && signals > 0) return; // sent by both the kernel and the shell when a terminal closes
      signals += 1;
      if (signals > 1) process.exit(128 + number);
      resolve(signal);
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

/** Without a listener, Node opens a debugger port on SIGUSR1, and every local user could control the process. */
function keepDebuggerClosed(logger: Logger): void {
  process.on('SIGUSR1', () => logger.warn('SIGUSR1 is ignored: the debugger stays closed'));
}

const PARENT_CHECK_INTERVAL_MS = 500;

/** `npm start` forwards SIGTERM only to its shell, which exits without it: the service would keep the port and the database. */
function npmExit(): Promise<'npm has exited'> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve('npm has exited');
    }, PARENT_CHECK_INTERVAL_MS).unref();
  });
}
