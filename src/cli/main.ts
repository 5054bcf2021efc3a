import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { readEnvironment } from '../config/environment.ts';
import { keepFilesPrivate } from '../private-files.ts';
import { runCommand } from './run-command.ts';
import { paintFor } from './text/paint.ts';

keepFilesPrivate();
process.stdout.on('error', () => {}); // the reader of a pipe may close it early, such as head

/** On standard error: standard output may go elsewhere. Ctrl-C and Ctrl-D are an empty answer. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = once(terminal, 'close').then(() => '');
  try {
    return await Promise.race([terminal.question(question), closed]);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return '';
    throw error;
  } finally {
    terminal.close();
  }
}

function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  process.stdout.once('error', end);
  return controller.signal;
}

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: readEnvironment,
  now: () => new Date(),
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  paint: paintFor(process.stdout),
  screen: process.stdout.isTTY
    ? {
        // a terminal without a size has 0
        size: () => ({ columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }),
        write: (text) => void process.stdout.write(text),
      }
    : null,
  untilInterrupted,
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : null,
});
