import { Command, InvalidArgumentError } from 'commander';
import { campaign } from './campaign.ts';
import { printFailure, printReport, printTimeline } from './report.ts';
import { play } from './run-scenario.ts';
import { ScratchFile } from './scratch-file.ts';

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('not a whole number');
  return number;
};

const { seeds, from, seed, verbose, untilViolation } = new Command('simulate')
  .description('Runs the service in simulated worlds, one per seed, and holds it to its eight rules.')
  .option('--seeds <count>', 'how many seeds', count, 1000)
  .option('--from <seed>', 'the first of them', count, 1)
  .option('--seed <seed>', 'this seed only, with its timeline', count)
  .option('--until-violation', 'stop at the first, and say only which', false)
  .option('--verbose', 'a line per seed', false)
  .parse()
  .opts<{ seeds: number; from: number; seed?: number; verbose: boolean; untilViolation: boolean }>();

Error.stackTraceLimit = verbose || seed !== undefined ? 10 : 0; // each aborted wait makes an error, and nobody reads it

const print = (line: string): void => void process.stdout.write(`${line}\n`);

await using scratch = await ScratchFile.make();
if (seed === undefined) {
  const report = await campaign({
    from,
    seeds,
    scratch,
    stopAtFirst: untilViolation,
    onSeed: verbose ? (one) => print(`${one.seed} ${one.hash} ${one.violation?.message ?? 'ok'}`) : () => {},
  });
  for (const failure of untilViolation ? [] : report.failures.slice(0, 3))
    await printFailure(failure.seed, scratch, print);
  printReport(report, print);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
} else {
  const outcome = await play(seed, scratch);
  printTimeline(outcome.lines, print);
  if (outcome.violation) await printFailure(seed, scratch, print);
  process.exitCode = outcome.violation ? 1 : 0;
}
