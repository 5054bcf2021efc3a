import { resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { depth } from '../src/domain/units.ts';
import { writeReport } from './report.ts';
import { runSets } from './run-sets.ts';
import { seed } from './seed.ts';
import { SETS } from './sets.ts';

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
};

const fileUrl = (text: string): string => {
  const [, path] = /^file:(.+)$/.exec(text) ?? [];
  if (path === undefined) throw new InvalidArgumentError('It must be file:<path>.');
  return path;
};

interface Options {
  readonly quick?: boolean;
  readonly gateway?: string;
}

const QUICK = { quick: true, rounds: 1, seconds: 1 };
const FULL = { quick: false, rounds: 3, seconds: 2 };

const program = new Command('bench')
  .description(
    `Measures the service beside its floors, in ratios of one run.\n\n${SETS.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join('\n')}`,
  )
  .addArgument(new Argument('[sets...]', 'only these sets').choices(SETS.map(({ name }) => name)))
  .option('--quick', 'with small numbers and one round, and only what a goal rests on')
  .option(
    '--gateway <directory>',
    'a checkout of https://github.com/datafund/swarm_connect with its packages in .venv, which P5 compares with',
  )
  .action(async (names: readonly string[], { quick = false, gateway }: Options) => {
    const chosen = SETS.filter(({ name, hasGoal, onlyByName }) =>
      names.length === 0 ? !onlyByName && (hasGoal || !quick) : names.includes(name),
    );
    const { lines, failures } = await runSets(chosen, {
      ...(quick ? QUICK : FULL),
      gateway: gateway === undefined ? null : resolve(gateway),
    });
    writeReport(lines, { isFull: !quick && names.length === 0 });
    if (failures.length > 0) process.exitCode = 1;
  });
program
  .command('seed')
  .description('Adds available stamps to a database, of the node "bee" and with 30 days to live.')
  .requiredOption('--database <url>', 'the SQLite file, as file:<path>; created if it is missing', fileUrl)
  .requiredOption('--stamps <count>', 'how many stamps', wholeNumber)
  .option('--depth <depth>', 'their depth', (text) => depth(wholeNumber(text)), depth(17))
  .action(async (options: { database: string; stamps: number; depth: ReturnType<typeof depth> }) => {
    const startedMs = performance.now();
    await seed({ file: options.database, stamps: options.stamps, depth: options.depth });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`${options.stamps} stamps of depth ${options.depth} in ${seconds} s\n`);
  });
await program.parseAsync();
