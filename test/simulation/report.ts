import type { Report } from './campaign.ts';
import { FAULT_KINDS, FAULT_NAMES } from './fault-kinds.ts';
import { type Outcome, play } from './run-scenario.ts';
import type { ScratchFile } from './scratch-file.ts';

type Print = (line: string) => void;

export function printReport(report: Report, print: Print): void {
  const { from, seeds, steps, runs, blocks, deaths, purchases, topUps, acquisitions, replayed } = report;
  const { hits, slowestRecovery, failures, seconds, cpuSeconds } = report;
  print('');
  print('faults, and how often each has hit something:');
  for (const kind of FAULT_NAMES) {
    print(`${String(hits.get(kind)).padStart(8)}  ${kind.padEnd(24)} ${FAULT_KINDS[kind].sentence}`);
  }
  print('');
  print(`seeds ${from} to ${from + seeds - 1}: ${seeds}; replayed and the same: ${replayed}`);
  print(`steps ${steps}, runs ${runs}, blocks ${blocks}, crashes ${deaths}`);
  print(`purchases ${purchases}, top-ups ${topUps}, acquisitions ${acquisitions}`);
  const { blocks: slowest, bound, seed } = slowestRecovery;
  print(`slowest recovery: ${slowest} blocks of ${bound} allowed, seed ${seed}`);
  print(
    `${(seeds / seconds).toFixed(1)} seeds/s (${seconds.toFixed(1)} s), ${(seeds / cpuSeconds).toFixed(1)} per second of processor`,
  );
  print(`violations ${failures.length}`);
  for (const { seed: failed, rule, message } of failures.slice(0, 40))
    print(`  seed ${failed}, rule ${rule}: ${message}`);
}

/** The timeline of the shortest list of faults that still fails. */
export async function printFailure(seed: number, scratch: ScratchFile, print: Print): Promise<void> {
  const { outcome, needed } = await shrink(seed, scratch);
  print('');
  print(`seed ${seed} fails; these faults are enough: ${needed.join(', ') || 'none'}`);
  printTimeline(outcome.lines, print);
  if (outcome.violation) print(`seed ${seed}, rule ${outcome.violation.rule}: ${outcome.violation.message}`);
}

/** Plays every choice of the faults, those with the fewest first, until one breaks the same rule: there are six at most. */
async function shrink(seed: number, scratch: ScratchFile): Promise<{ outcome: Outcome; needed: string[] }> {
  const whole = await play(seed, scratch);
  const numbers = whole.faults.map(({ number }) => number);
  for (const kept of choicesOf(numbers)) {
    const without = new Set(numbers.filter((number) => !kept.includes(number)));
    const outcome = await play(seed, scratch, without);
    if (outcome.violation?.rule === whole.violation?.rule)
      return { outcome, needed: outcome.faults.map(({ kind }) => kind) };
  }
  throw new Error(`seed ${seed} went another way when it was played again`);
}

/** Every selection of these, the shortest first. */
function choicesOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const choices = numbers.reduce<readonly (readonly number[])[]>(
    (before, number) => [...before, ...before.map((choice) => [...choice, number])],
    [[]],
  );
  return choices.toSorted((a, b) => a.length - b.length);
}

/** One line per thing that happened; what only repeats the line before it is counted. */
export function printTimeline(lines: readonly string[], print: Print): void {
  let repeated = 0;
  for (const [index, line] of lines.entries()) {
    const same = what(line) === what(lines[index - 1] ?? '');
    repeated = same ? repeated + 1 : 0;
    if (!same) print(line);
    if (repeated > 0 && what(lines[index + 1] ?? '') !== what(line))
      print(`${' '.repeat(23)}(${repeated} more of it)`);
  }
}

/** A line without its block and time. */
const what = (line: string): string => line.slice(22);
