import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A process that answers one question after the other. One that hangs is killed with all that it started. */
export class Judge<Question extends object, Answer> implements Disposable {
  readonly #start: () => ChildProcess;
  #child: ChildProcess | null = null;

  constructor({ script, args, directory, env }: JudgeOptions) {
    this.#start = () =>
      fork(script, args, {
        cwd: directory,
        env: { ...process.env, ...env },
        detached: true, // a process group, which can be killed as a whole
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
  }

  /** Null: the process died, used more processor time than that, or gave no answer. */
  async ask(question: Question, maxCpuMs: number): Promise<Answer | null> {
    this.#child ??= await started(this.#start());
    const child = this.#child;
    const lastCpuMs = cpuMsOf(child) + maxCpuMs;
    const over = new AbortController();
    const options = { signal: over.signal };
    try {
      child.send(question);
      const answer = await Promise.race([
        once(child, 'message', options).then(([message]: Answer[]) => message ?? null),
        once(child, 'exit', options).then(() => null),
        tooLong(child, lastCpuMs, over.signal),
      ]);
      if (answer === null) this[Symbol.dispose]();
      return answer;
    } finally {
      over.abort();
    }
  }

  [Symbol.dispose](): void {
    const pid = this.#child?.pid;
    this.#child = null;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}

export interface JudgeOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

async function started(child: ChildProcess): Promise<ChildProcess> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnargs.join(' ')} ended at its start`);
  });
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return child;
}

const CHECKED_EVERY_MS = 1000;
/** Whatever else the machine does. */
const MAX_ELAPSED_MS = 900_000;
/** A world or a test that waits for what never comes uses no processor time. */
const MAX_IDLE_MS = 60_000;
/** What an idle process uses for its timers meanwhile. */
const IDLE_CPU_MS = 500;

async function tooLong(child: ChildProcess, lastCpuMs: number, signal: AbortSignal): Promise<null> {
  const lastMs = performance.now() + MAX_ELAPSED_MS;
  let busy = { atMs: performance.now(), cpuMs: cpuMsOf(child) };
  while (performance.now() < Math.min(lastMs, busy.atMs + MAX_IDLE_MS)) {
    await setTimeout(CHECKED_EVERY_MS, undefined, { signal });
    const cpuMs = cpuMsOf(child);
    if (cpuMs >= lastCpuMs) break;
    if (Math.abs(cpuMs - busy.cpuMs) > IDLE_CPU_MS) busy = { atMs: performance.now(), cpuMs };
  }
  return null;
}

/** Of the processes of its group that run. Linux only: elsewhere the elapsed time has to do. */
function cpuMsOf({ pid }: ChildProcess): number {
  let ticks = 0;
  for (const path of globSync('/proc/[0-9]*/stat')) {
    try {
      const [, , group, ...rest] = readFileSync(path, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (group === String(pid)) ticks += Number(rest[8]) + Number(rest[9]);
    } catch {
      // it has ended meanwhile
    }
  }
  return 10 * ticks;
}
