import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../../src/cli/command.ts';
import { runCommand } from '../../src/cli/run-command.ts';
import { unpainted } from '../../src/cli/text/paint.ts';
import type { Environment } from '../../src/config/environment.ts';

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface Cli extends Disposable {
  readonly file: string;
  readonly DATABASE_URL: string;
  /** Runs one command in this process. */
  run(...args: readonly string[]): Promise<Ran>;
}

/** The commands of the operator, on a database file that does not exist yet. */
export function cli(now: () => Date = () => new Date()): Cli {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-cli-'));
  const file = join(directory, 'data', 'pool.db');
  const DATABASE_URL = `file:${file}`;
  return {
    file,
    DATABASE_URL,
    run: async (...args) => await runWith({ DATABASE_URL }, args, { now }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

/** Runs one command in this process, with these settings and without a terminal. */
export async function runWith(
  environment: Environment,
  args: readonly string[],
  overrides: Partial<CommandContext> = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const exit = await runCommand(args, {
    environment: () => environment,
    now: () => new Date(),
    out: (text) => void (out += `${text}\n`),
    err: (text) => void (err += `${text}\n`),
    paint: unpainted,
    ask: null,
    screen: null,
    untilInterrupted: () => new AbortController().signal,
    ...overrides,
  });
  return { exit, out, err };
}
