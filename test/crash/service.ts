import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Incident } from './check.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

const line = z.object({ url: z.string(), code: z.string(), subject: z.string(), msg: z.string() }).partial();

/** One run of the real process. */
export interface ServiceRun {
  readonly pid: number;
  /** Where it serves; null when it ended before it did. */
  readonly url: Promise<string | null>;
  /** How it ended: the exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
}

/** Starts `node src/main.ts` with these settings and no others; `hear` is called with every incident it logs. */
export function startProcess(
  env: Readonly<Record<string, string>>,
  hear: (incident: Incident) => void,
): ServiceRun {
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    cwd: join(env['DATABASE_URL']?.replace('file:', '') ?? '', '..'),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!child.stdout || child.pid === undefined) throw new Error('the process could not be started');
  const ended = once(child, 'close').then(
    ([code, signal]: (number | string)[]) => code ?? signal ?? 'nothing',
  );
  const { promise: url, resolve } = Promise.withResolvers<string | null>();
  createInterface(child.stdout).on('line', (text) => {
    const said = line.safeParse(parse(text));
    if (!said.success) return;
    const { url: served, code, subject, msg = '' } = said.data;
    if (served !== undefined) resolve(served);
    if (code !== undefined && subject !== undefined) hear({ code, subject, msg });
  });
  void ended.then(() => resolve(null));
  return { pid: child.pid, url, ended, kill: (signal) => void child.kill(signal) };
}

/** A killed process may have written half a line. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
