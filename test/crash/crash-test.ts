import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/simulator/random.ts';
import type { KillPoint } from './kills.ts';
import { type Round, runRound } from './round.ts';

const KILLS_PER_ROUND = 20;

/** Kills the real service `kills` times under load. Each round has a new database file and a new chain. */
export async function crashTest({
  kills,
  seed,
  onRound = () => {},
}: {
  readonly kills: number;
  readonly seed: number;
  /** Called at the end of each round. */
  readonly onRound?: (round: Round) => void;
}): Promise<CrashTest> {
  const root = mkdtempSync(join(tmpdir(), 'stamp-pool-crash-'));
  const random = createRandom(seed, 10);
  const rounds: Round[] = [];
  for (let left = kills; left > 0; left -= KILLS_PER_ROUND) {
    const directory = join(root, `round-${rounds.length + 1}`);
    mkdirSync(directory);
    const killPoints = killPointsOf(Math.min(left, KILLS_PER_ROUND), random);
    const round = await inContext(
      directory,
      runRound({ directory, killPoints, seed: random.below(2 ** 31) }),
    );
    rounds.push(round);
    onRound(round);
  }
  const clean = rounds.every(({ findings }) => findings.length === 0);
  if (clean) rmSync(root, { recursive: true });
  return { rounds, directory: clean ? null : root };
}

export interface CrashTest {
  readonly rounds: readonly Round[];
  /** The directory of the database files and logs; null if there are no findings, and they are deleted. */
  readonly directory: string | null;
}

/** Adds the directory of the files to an error. */
async function inContext<Value>(directory: string, round: Promise<Value>): Promise<Value> {
  try {
    return await round;
  } catch (cause) {
    throw new Error(`the crash test failed with an error; its files are in ${directory}`, { cause });
  }
}

const AFTER_MIGRATIONS = [
  'shutdown',
  'mined',
  'acquires',
  'approved',
  'start',
  'asked',
  'created',
  'any',
] as const satisfies readonly KillPoint[];

/** Returns `count` kill points: migrations first, because the file is new then; the others equally often, in random order. */
function killPointsOf(count: number, random: Random): KillPoint[] {
  const first = Math.min(2, count);
  const killPoints: KillPoint[] = Array.from({ length: first }, () => 'migrations');
  const offset = count > AFTER_MIGRATIONS.length + first ? random.below(AFTER_MIGRATIONS.length) : 0;
  for (let i = 0; killPoints.length < count; i++)
    killPoints.push(AFTER_MIGRATIONS[(i + offset) % AFTER_MIGRATIONS.length] ?? 'any');
  const shuffled = killPoints.slice(first);
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [shuffled[i], shuffled[j]];
    if (a && b) [shuffled[i], shuffled[j]] = [b, a];
  }
  return [...killPoints.slice(0, first), ...shuffled];
}
