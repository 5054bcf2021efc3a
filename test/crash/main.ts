/**
 * The crash test: this folder runs the real service under load, kills it with SIGKILL at chosen and at random times, and
 * compares the records of the clients, the chain and the database file. The exit code is 1 if they do not agree.
 *
 *     npm run crash-test -- --kills 200 [--seed 1]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { crashTest } from './crash-test.ts';
import { reportOf } from './report.ts';

const MAX_COUNT = 10 ** 9;

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = count('kills', values.kills ?? '200');
const seed = count('seed', values.seed ?? String(randomInt(1, MAX_COUNT)));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
print(`${kills} kills, --seed ${seed}`);
const result = await crashTest({
  kills,
  seed,
  onRound: (round) => print(`  ${round.kills.length} kills, ${round.findings.length} findings`),
});
print(reportOf(result));
process.exitCode = result.rounds.some(({ findings }) => findings.length > 0) ? 1 : 0;

function count(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= MAX_COUNT) return Number(text);
  print(`--${name} must be a whole number from 1 to ${MAX_COUNT}, not ${text}`);
  return process.exit(2);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
