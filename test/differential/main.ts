/**
 * The differential test: this folder sends generated GraphQL requests to two services in the same state, one with the
 * shortcuts of src/pool/shortcuts.ts and one without, and compares their responses byte by byte.
 *
 *     npm run test:differential -- [--documents 10000] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { compareTwins } from './compare.ts';

const { values } = parseArgs({ options: { documents: { type: 'string' }, seed: { type: 'string' } } });
const [cases, seed] = [Number(values.documents ?? '10000'), Number(values.seed ?? '1')];
const { differences, planned, executed } = await compareTwins({ seed, cases });
process.stdout.write(
  `${cases} documents, each sent twice, --seed ${seed}: ${differences.length} differences; the shortcut answered ${planned + executed}, ${planned} of them by a plan\n`,
);
for (const difference of differences.slice(0, 3))
  process.stdout.write(`${JSON.stringify(difference, null, 2)}\n`);
process.exitCode = differences.length > 0 || planned === 0 || executed === 0 ? 1 : 0;
