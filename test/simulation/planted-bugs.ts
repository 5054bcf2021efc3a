import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { copyRepository } from '../repository-copy.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted-bug-list.ts';

const COPIED = [
  'src',
  'migrations',
  'test/simulation',
  'test/postgres',
  'test/store',
  'test/virtual',
  'test/webhooks',
  'test/postgres',
  'test/builders.ts',
  'package.json',
];
/** A thousand seeds take a minute on an idle core; the machine may be busy. */
const TIMEOUT_MS = 1_800_000;

const { seeds, only } = new Command('planted-bugs')
  .description(
    'Plants known bugs, one at a time, in a copy of the source, and checks that the simulation finds each.',
  )
  .option('--seeds <count>', 'within how many seeds each bug must be caught', '1000')
  .option('--only <text>', 'only bugs whose description contains this text')
  .parse()
  .opts<{ seeds: string; only?: string }>();

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Returns the violation that caught the bug, or why none did. */
async function hunt({
  edits,
  severalNodes = false,
  rivals = false,
}: PlantedBug): Promise<{ readonly caught: boolean; readonly result: string }> {
  using copy = copyRepository(COPIED);
  for (const { file, find, replace } of edits) plant(join(copy.directory, file), find, replace);
  return await campaignIn(copy.directory, [
    ...(severalNodes ? ['--nodes'] : []),
    ...(rivals ? ['--rivals'] : []),
  ]);
}

function plant(file: string, find: string, replace: string): void {
  const text = readFileSync(file, 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) throw new Error(`${file} has "${find}" ${found} times: update the planted bug`);
  writeFileSync(
    file,
    text.replace(find, () => replace),
  );
}

async function campaignIn(
  directory: string,
  worlds: readonly string[],
): Promise<{ caught: boolean; result: string }> {
  const args = ['test/simulation/main.ts', '--seeds', seeds, '--until-violation', ...worlds];
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: directory,
      timeout: TIMEOUT_MS,
      maxBuffer: 2 ** 28,
    });
    return { caught: false, result: `not caught in ${seeds} seeds` };
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    const [, violation] = /^ {2}(seed \d+, rule .*)$/m.exec(output) ?? [];
    if (violation !== undefined) return { caught: true, result: violation };
    return { caught: false, result: `the campaign itself failed: ${String(error).slice(0, 2000)}` };
  }
}

const bugs = PLANTED_BUGS.filter(({ what }) => what.includes(only ?? ''));
let missed = 0;
const waiting = [...bugs];
const hunter = async (): Promise<void> => {
  for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
    const { caught, result } = await hunt(bug);
    if (!caught) missed += 1;
    print(`${caught ? 'caught' : 'MISSED'}  ${bug.what}\n          ${result}`);
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, hunter));
print(`${bugs.length - missed} of ${bugs.length} planted bugs caught`);
process.exitCode = missed === 0 ? 0 : 1;
