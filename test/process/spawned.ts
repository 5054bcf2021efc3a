import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export const ROOT = join(import.meta.dirname, '../..');

interface Wishes {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: node src/main.ts, in a directory of its own. */
  readonly command?: readonly [string, ...string[]];
  readonly cwd?: string;
  /** What the file .env of its directory says. */
  readonly dotEnv?: string;
}

export interface Spawned extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Its working directory, with its database. */
  readonly directory: string;
  /** What it has said so far, on both. */
  readonly said: () => { readonly out: string; readonly err: string };
  /** Resolves when standard output has matched; rejects when the process ends before. */
  heard(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for standard error. */
  complained(pattern: RegExp): Promise<RegExpExecArray>;
  /** http://127.0.0.1:port, once it is serving. */
  url(): Promise<string>;
  /** How it ended: the exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
}

export const node = (script: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  join(ROOT, script),
  ...args,
];

/** A process of the service, with nothing of this environment's settings; killed at the end if it still runs. */
export function spawned({ env = {}, command = node('src/main.ts'), cwd, dotEnv = '' }: Wishes = {}): Spawned {
  const directory = mkdtempSync(join(tmpdir(), 'process-'));
  writeFileSync(join(directory, '.env'), dotEnv);
  const [file, ...args] = command;
  const child = spawn(file, args, {
    cwd: cwd ?? directory,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: `file:${join(directory, 'pool.db')}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
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
        throw new Error(`ended with ${next} and never said ${pattern.source}: ${out}${err}`);
    }
  };
  const heard = (pattern: RegExp): Promise<RegExpExecArray> => matching(pattern, child.stdout, () => out);
  return {
    child,
    directory,
    said: () => ({ out, err }),
    heard,
    complained: (pattern) => matching(pattern, child.stderr, () => err),
    url: async () => (await heard(/"url":"(http:[^"]+)"/))[1] ?? '',
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}
