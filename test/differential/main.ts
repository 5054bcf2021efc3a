/**
 * The differential test: this folder sends generated GraphQL requests to two services in the same state, one with the
 * shortcuts of src/pool/shortcuts.ts and one without, and compares their responses byte by byte.
 *
 *     npm run test:differential -- [--documents 10000] [--seed 1]
 */
import { Command, InvalidArgumentError } from 'commander';
import { compareTwins } from './compare.ts';

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const { documents: cases, seed } = new Command('differential')
  .description('Compares the responses of the service with and without its shortcuts, byte by byte.')
  .option('--documents <count>', 'number of generated documents', wholeNumber, 10_000)
  .option('--seed <number>', 'the seed of the documents', wholeNumber, 1)
  .parse()
  .opts<{ documents: number; seed: number }>();

const { differences, planned, executed } = await compareTwins({ seed, cases });
process.stdout.write(
  `${cases} documents, each sent twice, --seed ${seed}: ${differences.length} differences; the shortcut answered ${planned + executed}, ${planned} of them by a plan\n`,
);
for (const difference of differences.slice(0, 3))
  process.stdout.write(`${JSON.stringify(difference, null, 2)}\n`);
process.exitCode = differences.length > 0 || planned === 0 || executed === 0 ? 1 : 0;
