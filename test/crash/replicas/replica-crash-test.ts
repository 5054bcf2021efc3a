import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../../../src/simulator/random.ts';
import type { Finding } from '../check.ts';
import { FAULTS, type Fault } from './faults.ts';
import { type ReplicaRound, runReplicaRound } from './replica-round.ts';
import { startDurablePostgres } from './replica-world.ts';
import { rush } from './rush.ts';

const FAULTS_PER_ROUND = 20;

/** Injects `kills` faults into replicas on one PostgreSQL under load. Each round has a new database and new chains. */
export async function replicaCrashTest({
  kills,
  seed,
  replicas,
  onRound = () => {},
}: {
  readonly kills: number;
  readonly seed: number;
  readonly replicas: number;
  readonly onRound?: (round: ReplicaRound) => void;
}): Promise<ReplicaCrashTest> {
  const root = mkdtempSync(join(tmpdir(), 'stamp-pool-crash-'));
  const random = createRandom(seed, 10);
  await using server = await startDurablePostgres();
  const rushing = join(root, 'rush');
  mkdirSync(rushing);
  const rushed = await rush({ server, directory: rushing, replicas, seed: random.below(2 ** 31) });
  const rounds: ReplicaRound[] = [];
  for (let left = kills; left > 0; left -= FAULTS_PER_ROUND) {
    const directory = join(root, `round-${rounds.length + 1}`);
    mkdirSync(directory);
    const faults = faultsOf(Math.min(left, FAULTS_PER_ROUND), random);
    const options = { faults, server, directory, replicas, seed: random.below(2 ** 31) };
    const round = await runReplicaRound(options).catch((cause: unknown) => {
      throw new Error(`the crash test failed with an error; its logs are in ${directory}`, { cause });
    });
    rounds.push(round);
    onRound(round);
  }
  const findings = [...rushed, ...rounds.flatMap((round) => round.findings)];
  const clean = findings.length === 0;
  if (clean) rmSync(root, { recursive: true });
  return { rounds, findings, directory: clean ? null : root };
}

export interface ReplicaCrashTest {
  readonly rounds: readonly ReplicaRound[];
  /** Those of the rounds, and of the rush before them. */
  readonly findings: readonly Finding[];
  /** The directory of the logs; null if there are no findings, and they are deleted. */
  readonly directory: string | null;
}

/** All faults equally often, in random order. */
function faultsOf(count: number, random: Random): Fault[] {
  const all = Object.keys(FAULTS).filter(isFault);
  const offset = random.below(all.length);
  const faults = Array.from({ length: count }, (_, i) => all[(i + offset) % all.length] ?? 'killed');
  for (let i = faults.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [faults[i], faults[j]];
    if (a && b) [faults[i], faults[j]] = [b, a];
  }
  return faults;
}

const isFault = (name: string): name is Fault => Object.hasOwn(FAULTS, name);
