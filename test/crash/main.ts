/**
 * The crash test: this folder runs the real service under load, kills it with SIGKILL at chosen and at random times, and
 * compares the records of the clients, the chain and the database. With PostgreSQL it runs several replicas, which are also
 * stopped and cut off, and restarts the server. The exit code is 1 if the records do not agree.
 *
 *     npm run crash-test -- --kills 200 [--seed 1]
 *     npm run crash-test -- --store postgres --replicas 3 --kills 100 [--seed 1]
 */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Finding } from './check.ts';
import { crashTest } from './crash-test.ts';
import { replicaCrashTest } from './replicas/replica-crash-test.ts';
import { replicaReportOf } from './replicas/replica-report.ts';
import { reportOf } from './report.ts';

const MAX_COUNT = 10 ** 9;
const STORES = ['sqlite', 'postgres'] as const;

const wholeNumber = (text: string): number => {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= MAX_COUNT) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_COUNT}.`);
};

const { kills, seed, store, replicas } = new Command('crash-test')
  .description(
    'Kills the service under load, and compares the records of the clients, the chain and the database.',
  )
  .option('--kills <count>', 'number of kills; with PostgreSQL, of faults', wholeNumber, 200)
  .addOption(
    new Option('--seed <number>', 'the seed of the times')
      .argParser(wholeNumber)
      .default(randomInt(1, MAX_COUNT), 'a random one'),
  )
  .addOption(new Option('--store <store>', 'the database').choices(STORES).default('sqlite'))
  .option('--replicas <count>', 'number of replicas, with --store postgres', wholeNumber, 3)
  .parse()
  .opts<{ kills: number; seed: number; store: (typeof STORES)[number]; replicas: number }>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
print(`${kills} kills, --seed ${seed}`);
const findings = await (store === 'postgres' ? killReplicas() : killService());
process.exitCode = findings.length > 0 ? 1 : 0;

async function killService(): Promise<readonly Finding[]> {
  const result = await crashTest({
    kills,
    seed,
    onRound: (round) => print(`  ${round.kills.length} kills, ${round.findings.length} findings`),
  });
  print(reportOf(result));
  return result.rounds.flatMap((round) => round.findings);
}

async function killReplicas(): Promise<readonly Finding[]> {
  const result = await replicaCrashTest({
    kills,
    seed,
    replicas,
    onRound: (round) => print(`  ${round.faults.length} faults, ${round.findings.length} findings`),
  });
  print(replicaReportOf(result));
  return result.findings;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
