import { Command, InvalidArgumentError } from 'commander';
import { campaign } from './campaign.ts';
import { printFailure, printReport, printTimeline } from './report.ts';
import { runSeed } from './run-scenario.ts';
import { ScratchFile } from './scratch-file.ts';
import { simulateNodes } from './simulate-nodes.ts';

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('not an integer');
  return number;
};

const { seeds, from, seed, verbose, untilViolation, nodes, rivals, days } = new Command('simulate')
  .description('Runs the service in simulated worlds, one per seed, and checks its eight promises.')
  .option('--seeds <count>', 'number of seeds', count, 1000)
  .option('--from <seed>', 'first seed', count, 1)
  .option('--seed <seed>', 'run only this seed, and print its timeline', count)
  .option('--until-violation', 'stop at the first violation, and print only its seed', false)
  .option('--nodes', 'worlds with several nodes, which have checks of their own', false)
  .option('--rivals', 'two processes that compete for the lease of the node', false)
  .option('--days', 'worlds that last for days, in which stamps fall due and settings change', false)
  .option('--verbose', 'print a line per seed', false)
  .parse()
  .opts<{
    seeds: number;
    from: number;
    seed?: number;
    verbose: boolean;
    untilViolation: boolean;
    nodes: boolean;
    rivals: boolean;
    days: boolean;
  }>();

Error.stackTraceLimit = verbose || seed !== undefined ? 10 : 0; // each aborted wait creates an error whose stack is not used

const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (nodes) {
  await simulateNodes({ from: seed ?? from, seeds: seed === undefined ? seeds : 1, untilViolation, print });
  process.exit();
}

await using scratch = await ScratchFile.make();
if (seed === undefined) {
  const report = await campaign({
    from,
    seeds,
    scratch,
    stopAtFirst: untilViolation,
    rivals,
    days,
    onSeed: verbose ? (one) => print(`${one.seed} ${one.hash} ${one.violation?.message ?? 'ok'}`) : () => {},
  });
  for (const failure of untilViolation ? [] : report.failures.slice(0, 3))
    await printFailure(failure.seed, { scratch, print, rivals, days });
  printReport(report, print);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
} else {
  const outcome = await runSeed(seed, scratch, { rivals, days });
  printTimeline(outcome.lines, print);
  if (outcome.violation) await printFailure(seed, { scratch, print, rivals, days });
  process.exitCode = outcome.violation ? 1 : 0;
}
