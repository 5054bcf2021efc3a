import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom, type Random } from '../../src/simulator/random.ts';
import type { Kind } from './kills.ts';
import { type Life, live } from './life.ts';

export interface CrashTest {
  readonly lives: readonly Life[];
  /** Where the database files and logs are; null when nothing was found, and they are gone. */
  readonly directory: string | null;
}

/** So often one database file is killed over. */
const KILLS_PER_LIFE = 20;

/** The real service under load, killed so many times; each life has a fresh file and a fresh chain. */
export async function crashTest({
  kills,
  seed,
  onLife = () => {},
}: {
  readonly kills: number;
  readonly seed: number;
  /** Hears of each life that has ended. */
  readonly onLife?: (life: Life) => void;
}): Promise<CrashTest> {
  const root = mkdtempSync(join(tmpdir(), 'stamp-pool-crash-'));
  const random = createRandom(seed, 10);
  const lives: Life[] = [];
  for (let left = kills; left > 0; left -= KILLS_PER_LIFE) {
    const directory = join(root, `life-${lives.length + 1}`);
    mkdirSync(directory);
    const kinds = kindsOf(Math.min(left, KILLS_PER_LIFE), random);
    const life = await inContext(directory, live({ directory, kinds, seed: random.below(2 ** 31) }));
    lives.push(life);
    onLife(life);
  }
  const clean = lives.every(({ findings }) => findings.length === 0);
  if (clean) rmSync(root, { recursive: true });
  return { lives, directory: clean ? null : root };
}

/** Where to look, when a life ends by an error. */
async function inContext<Value>(directory: string, life: Promise<Value>): Promise<Value> {
  try {
    return await life;
  } catch (cause) {
    throw new Error(`the crash test broke off; its files are in ${directory}`, { cause });
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
] as const satisfies readonly Kind[];

/** So many kinds in a row: migrations first, for then the file is fresh; of the others each as often as any. */
function kindsOf(count: number, random: Random): Kind[] {
  const first = Math.min(2, count);
  const kinds: Kind[] = Array.from({ length: first }, () => 'migrations');
  const offset = count > AFTER_MIGRATIONS.length + first ? random.below(AFTER_MIGRATIONS.length) : 0;
  for (let i = 0; kinds.length < count; i++)
    kinds.push(AFTER_MIGRATIONS[(i + offset) % AFTER_MIGRATIONS.length] ?? 'any');
  const shuffled = kinds.slice(first);
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [shuffled[i], shuffled[j]];
    if (a && b) [shuffled[i], shuffled[j]] = [b, a];
  }
  return [...kinds.slice(0, first), ...shuffled];
}
