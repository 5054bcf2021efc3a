// The tests of this folder run the service as a process: its start, its end, its log and its files.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { bundledScript, serviceScript } from './bundled-script.ts';

export const ROOT = join(import.meta.dirname, '../..');

/** The command line of the operator, bundled. */
export const bundledCommand = (...args: readonly string[]): [string, ...string[]] => [
  process.execPath,
  bundledScript('command-line'),
  ...args,
];

/** The command of the bundled service, with options of Node and arguments of its own. */
export const bundledService = (
  options: readonly string[] = [],
  args: readonly string[] = [],
): [string, ...string[]] => [process.execPath, ...options, serviceScript(), ...args];

/** Starts a process without the settings of this environment. Disposing kills it. */
export function spawned({
  env = {},
  command = bundledService(),
  cwd,
  dotEnv = '',
}: SpawnOptions = {}): Spawned {
  const directory = mkdtempSync(join(tmpdir(), 'process-'));
  writeFileSync(join(directory, '.env'), dotEnv);
  const [file, ...args] = command;
  const child = spawn(file, args, {
    cwd: cwd ?? directory,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node'), // a start takes a third less CPU time
      DATABASE_URL: `file:${join(directory, 'pool.db')}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text)); // a character may come in two parts
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(
    ([code, signal]: (number | string)[]) => code ?? signal ?? 'nothing',
  );
  const matching = async (
    pattern: RegExp,
    stream: Readable,
    text: () => string,
  ): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text());
      if (match) return match;
      const next = await Promise.race([once(stream, 'data'), ended]);
      if (!Array.isArray(next))
        throw new Error(`ended with ${next} before its output matched ${pattern.source}: ${out}${err}`);
    }
  };
  const outputMatch = (pattern: RegExp): Promise<RegExpExecArray> =>
    matching(pattern, child.stdout, () => out);
  return {
    child,
    directory,
    output: () => ({ out, err }),
    outputMatch,
    errorOutputMatch: (pattern) => matching(pattern, child.stderr, () => err),
    url: async () => (await outputMatch(/"url":"(http:[^"]+)"/))[1] ?? '',
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the bundled service. */
  readonly command?: readonly [string, ...string[]];
  /** Default: a new directory. */
  readonly cwd?: string;
  /** The file .env in that directory. */
  readonly dotEnv?: string;
}

export interface Spawned extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The directory of its .env and its database; the working directory by default. */
  readonly directory: string;
  /** Standard output and standard error until now. */
  readonly output: () => { readonly out: string; readonly err: string };
  /** Waits until standard output matches; rejects if the process ends first. */
  outputMatch(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for standard error. */
  errorOutputMatch(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits until the process serves. Returns http://127.0.0.1:port. */
  url(): Promise<string>;
  /** Waits for the end. Returns the exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
}
