import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { copyRepository, ROOT } from '../repository-copy.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted-bug-list.ts';

const COPIED = [
  'src',
  'migrations',
  'test/simulation',
  'test/postgres',
  'test/store',
  'test/virtual',
  'test/webhooks',
  'test/builders.ts',
  'package.json',
];
/** A thousand seeds take a minute on an idle core; the machine may be busy. */
const TIMEOUT_MS = 1_800_000;
const RELIABILITY = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8');

const workerCount = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('not a positive integer');
  return count;
};

const { seeds, only, workers, results } = new Command('planted-bugs')
  .description(
    'Plants known bugs, one at a time, in a copy of the source, and checks that the simulation finds each.',
  )
  .option('--seeds <count>', 'within how many seeds each bug must be caught', '1000')
  .option('--only <text>', 'only bugs whose description contains this text')
  .option('--workers <count>', 'how many are hunted at the same time', workerCount, availableParallelism())
  .option(
    '--results <file>',
    'appends each result to this file, and leaves out the bugs that it has as caught',
  )
  .parse()
  .opts<{ seeds: string; only?: string; workers: number; results?: string }>();

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
  if (results !== undefined) appendFileSync(results, `${line}\n`);
};

const rowOf = ({ what }: PlantedBug, caught: boolean): string => `${caught ? 'caught' : 'MISSED'}  ${what}`;

const earlier = new Set(
  results !== undefined && existsSync(results) ? readFileSync(results, 'utf8').split('\n') : [],
);

/**
 * Returns the violation that caught the bug, or why none did. The seed that caught it last comes first, because it is quick.
 * The copy is used again, so that Node finds its files in the cache of compiled code.
 */
async function hunt(bug: PlantedBug, directory: string): Promise<Hunted> {
  const { what, severalNodes = false, rivals = false } = bug;
  using _ = plant(bug, directory);
  const worlds = [...(severalNodes ? ['--nodes'] : []), ...(rivals ? ['--rivals'] : [])];
  const seed = seedThatCaught(what);
  if (seed !== null) {
    const hunted = await campaignIn(directory, ['--from', seed, '--seeds', '1', ...worlds]);
    if (hunted.caught) return hunted;
  }
  return await campaignIn(directory, ['--seeds', seeds, ...worlds]);
}

interface Hunted {
  readonly caught: boolean;
  readonly result: string;
}

/** As the table of docs/reliability.md states it; null for a bug that is not in it. */
function seedThatCaught(what: string): string | null {
  const row = RELIABILITY.split('\n').find((line) => line.startsWith(`| ${what} | `));
  return row === undefined ? null : (/\| (\d+)/.exec(row)?.[1] ?? null);
}

/** Disposing takes the bug out again. */
function plant({ edits }: PlantedBug, directory: string): Disposable {
  const originals = new Map(
    edits.map(({ file }) => [join(directory, file), readFileSync(join(directory, file), 'utf8')]),
  );
  for (const { file, find, replace } of edits) {
    const path = join(directory, file);
    const text = readFileSync(path, 'utf8');
    const found = text.split(find).length - 1;
    if (found !== 1) throw new Error(`${file} has "${find}" ${found} times: update the planted bug`);
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
  }
  return {
    [Symbol.dispose]: () => {
      for (const [path, text] of originals) writeFileSync(path, text);
    },
  };
}

async function campaignIn(directory: string, options: readonly string[]): Promise<Hunted> {
  const args = ['test/simulation/main.ts', '--until-violation', ...options];
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: directory,
      env: { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled') },
      timeout: TIMEOUT_MS,
      maxBuffer: 2 ** 28,
    });
    return { caught: false, result: `not caught in ${seeds} seeds` };
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    const [, violation] = /^ {2}(seed \d+, promise .*)$/m.exec(output) ?? [];
    if (violation !== undefined) return { caught: true, result: violation };
    return { caught: false, result: `the campaign itself failed: ${String(error).slice(0, 2000)}` };
  }
}

const bugs = PLANTED_BUGS.filter(({ what }) => what.includes(only ?? ''));
const waiting = bugs.filter((bug) => !earlier.has(rowOf(bug, true)));
let missed = 0;
const hunter = async (): Promise<void> => {
  using copy = copyRepository(COPIED);
  for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
    const { caught, result } = await hunt(bug, copy.directory);
    if (!caught) missed += 1;
    print(`${rowOf(bug, caught)}\n          ${result}`);
  }
};
await Promise.all(Array.from({ length: workers }, hunter));
print(`${bugs.length - missed} of ${bugs.length} planted bugs caught`);
process.exitCode = missed === 0 ? 0 : 1;
