import type { Bench, BenchSet } from './bench-set.ts';
import { type Line, printed } from './line.ts';
import { pinThisProcess } from './pinned.ts';
import { Scratch } from './scratch.ts';

/** Runs sets one after the other, and prints each figure when it is measured. A set that fails does not stop the others. */
export async function runSets(sets: readonly BenchSet[], options: RunOptions): Promise<Run> {
  pinThisProcess();
  const lines: Line[] = [];
  const failures: string[] = [];
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  using seeds = new Scratch();
  const startedMs = performance.now();
  for (const set of sets) {
    using scratch = new Scratch(seeds);
    const beganMs = performance.now();
    const bench: Bench = {
      ...options,
      seconds: set.hasGoal ? options.seconds : 1,
      scratch,
      add: (line) => {
        lines.push(line);
        print(printed(line));
      },
      note: print,
    };
    try {
      await set.run(bench);
    } catch (error) {
      failures.push(set.name);
      print(`${set.name} FAILED: ${describe(error)}`);
    }
    print(`  ${set.name}: ${secondsSince(beganMs)} s`);
  }
  print(`  total: ${secondsSince(startedMs)} s`);
  return { lines, failures };
}

const secondsSince = (ms: number): string => ((performance.now() - ms) / 1000).toFixed(0);

/** Disposing after a failure may fail too, and hides the first error behind its own. */
const describe = (error: unknown): string =>
  error instanceof SuppressedError
    ? `${describe(error.suppressed)}\n  then ${describe(error.error)}`
    : String(error instanceof Error ? error.stack : error);

type RunOptions = Pick<Bench, 'quick' | 'rounds' | 'seconds' | 'gateway'>;

interface Run {
  readonly lines: readonly Line[];
  /** The names of the sets that failed. */
  readonly failures: readonly string[];
}
