/**
 * The crash test: the real service under load, killed with SIGKILL at chosen and at random moments. Ends with 1 when what
 * its clients heard, the chain and the database file do not agree.
 *
 *     npm run crash-test -- --kills 200 [--seed 1]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { crashTest } from './crash-test.ts';
import { reportOf } from './report.ts';

/** Nine digits: what `count` takes, and a default must be among it. */
const HIGHEST_COUNT = 10 ** 9;

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = count('kills', values.kills ?? '200');
const seed = count('seed', values.seed ?? String(randomInt(1, HIGHEST_COUNT)));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
say(`${kills} kills, --seed ${seed}`);
const result = await crashTest({
  kills,
  seed,
  onLife: (life) => say(`  ${life.kills.length} kills, ${life.findings.length} findings`),
});
say(reportOf(result));
process.exitCode = result.lives.some(({ findings }) => findings.length > 0) ? 1 : 0;

function count(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= HIGHEST_COUNT) return Number(text);
  say(`--${name} ${text}: that is no count`);
  return process.exit(2);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
