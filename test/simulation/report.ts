import type { Report } from './campaign.ts';
import { FAULT_KINDS, FAULT_NAMES, RIVAL_NAMES } from './fault-kinds.ts';
import { type Outcome, type RunOptions, runSeed } from './run-scenario.ts';
import type { ScratchFile } from './scratch-file.ts';

type WorldKind = Pick<RunOptions, 'rivals' | 'days'>;
type Print = (line: string) => void;

export function printReport(report: Report, print: Print): void {
  const { from, seeds, steps, runs, blocks, deaths, takeOvers, purchases, topUps, acquisitions, replayed } =
    report;
  const { hits, slowestRecovery, failures, seconds, cpuSeconds } = report;
  print('');
  print('faults, and how many hits each had:');
  for (const kind of [...FAULT_NAMES, ...RIVAL_NAMES]) {
    print(`${String(hits.get(kind)).padStart(8)}  ${kind.padEnd(24)} ${FAULT_KINDS[kind].description}`);
  }
  print('');
  print(`seeds ${from} to ${from + seeds - 1}: ${seeds}; replayed with the same result: ${replayed}`);
  print(`steps ${steps}, runs ${runs}, blocks ${blocks}, crashes ${deaths}, take-overs ${takeOvers}`);
  print(`purchases ${purchases}, top-ups ${topUps}, acquisitions ${acquisitions}`);
  const { blocks: slowest, bound, seed } = slowestRecovery;
  print(`slowest recovery: ${slowest} blocks of ${bound} allowed, seed ${seed}`);
  print(
    `${(seeds / seconds).toFixed(1)} seeds/s (${seconds.toFixed(1)} s), ${(seeds / cpuSeconds).toFixed(1)} per second of processor`,
  );
  print(`violations ${failures.length}`);
  for (const { seed: failed, rule, message } of failures.slice(0, 40))
    print(`  seed ${failed}, promise ${rule}: ${message}`);
}

/** Prints the timeline of the smallest set of faults that still violates the rule. */
export async function printFailure(
  seed: number,
  { scratch, print, ...world }: { readonly scratch: ScratchFile; readonly print: Print } & WorldKind,
): Promise<void> {
  const { outcome, needed } = await shrink(seed, scratch, world);
  print('');
  print(`seed ${seed} fails; these faults suffice: ${needed.join(', ') || 'none'}`);
  printTimeline(outcome.lines, print);
  if (outcome.violation)
    print(`seed ${seed}, promise ${outcome.violation.rule}: ${outcome.violation.message}`);
}

/** Runs every subset of the faults, the smallest first, until one violates the same rule. There are at most six faults. */
async function shrink(
  seed: number,
  scratch: ScratchFile,
  world: WorldKind,
): Promise<{ outcome: Outcome; needed: string[] }> {
  const whole = await runSeed(seed, scratch, world);
  const numbers = whole.faults.map(({ number }) => number);
  for (const kept of choicesOf(numbers)) {
    const without = new Set(numbers.filter((number) => !kept.includes(number)));
    const outcome = await runSeed(seed, scratch, { without, ...world });
    if (outcome.violation?.rule === whole.violation?.rule)
      return { outcome, needed: outcome.faults.map(({ kind }) => kind) };
  }
  throw new Error(`seed ${seed} had another outcome when it was run again`);
}

/** Every subset, the smallest first. */
function choicesOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const choices = numbers.reduce<readonly (readonly number[])[]>(
    (before, number) => [...before, ...before.map((choice) => [...choice, number])],
    [[]],
  );
  return choices.toSorted((a, b) => a.length - b.length);
}

/** Prints one line per event. Repetitions of the previous line are counted. */
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
