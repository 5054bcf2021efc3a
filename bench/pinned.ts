import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What is measured has core 0 for itself; what produces load shares core 1. Without taskset or a second core, no process is pinned. */
const CORES = { measured: '0', load: '1' } as const;
const TASKSET = ['/usr/bin/taskset', '/bin/taskset'].find((path) => existsSync(path));
const isPinned = TASKSET !== undefined && availableParallelism() > 1;

export type Role = keyof typeof CORES;

/** Pins this process, which is part of the load. */
export function pinThisProcess(): void {
  if (isPinned) execFileSync(TASKSET, ['-cp', CORES.load, String(process.pid)], { stdio: 'ignore' });
}

/** As in the image, also for the floors: graphql-js checks its types more slowly without it. */
const PRODUCTION = { NODE_ENV: 'production' };

const running = new Set<ChildProcess>();
const killAll = (): void => running.forEach((child) => void child.kill('SIGKILL'));

/** Starts a process on the core of its role. It ends with this process. */
export function spawnPinned(
  role: Role,
  [file, ...args]: readonly [string, ...string[]],
  { env = {}, stdio }: PinnedOptions,
): ChildProcess {
  const command = isPinned ? [TASKSET, '-c', CORES[role], file, ...args] : [file, ...args];
  const [first = file, ...rest] = command;
  const child = spawn(first, rest, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...PRODUCTION, ...env },
    stdio: [...stdio],
  });
  if (running.size === 0) process.once('exit', killAll);
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
  });
  return child;
}

interface PinnedOptions {
  /** The only settings that it gets, with NODE_ENV. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio: readonly ('ignore' | 'pipe' | 'ipc' | 'inherit' | number)[];
}

/** Ends a process and waits for its end. */
export async function stopProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
