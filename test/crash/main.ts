/**
 * The crash test: this folder runs the real service under load, kills it with SIGKILL at chosen and at random times, and
 * compares the records of the clients, the chain and the database. With PostgreSQL it runs several replicas, which are also
 * stopped and cut off, and restarts the server. The exit code is 1 if the records do not agree.
 *
 *     npm run crash-test -- --kills 200 [--seed 1]
 *     npm run crash-test -- --store postgres --replicas 3 --kills 100 [--seed 1]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Finding } from './check.ts';
import { crashTest } from './crash-test.ts';
import { replicaCrashTest } from './replicas/replica-crash-test.ts';
import { replicaReportOf } from './replicas/replica-report.ts';
import { reportOf } from './report.ts';

const MAX_COUNT = 10 ** 9;

const string = { type: 'string' } as const;
const { values } = parseArgs({ options: { kills: string, seed: string, store: string, replicas: string } });
const { store = 'sqlite' } = values;
const kills = count('kills', values.kills ?? '200');
const seed = count('seed', values.seed ?? String(randomInt(1, MAX_COUNT)));
const replicas = count('replicas', values.replicas ?? '3');
if (store !== 'sqlite' && store !== 'postgres') refuse(`--store must be sqlite or postgres, not ${store}`);

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

function count(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= MAX_COUNT) return Number(text);
  return refuse(`--${name} must be a whole number from 1 to ${MAX_COUNT}, not ${text}`);
}

function refuse(message: string): never {
  print(message);
  return process.exit(2);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
