import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { Prng } from '../simulation/prng.ts';
import { type Mutant, makeSandbox } from './sandbox.ts';
import type { Verdict } from './simulate-mutants.ts';

/** Quick ones first: the first failure ends the run of a mutant. */
const TESTS = [
  [
    'test/domain',
    'test/reconciler',
    'test/pool',
    'test/signals',
    'test/store',
    'test/bee/outcome',
    'test/bee/observe',
    'test/bee/response',
    'test/bee/fields',
    'test/bee/capacity',
    'test/bee/parse',
  ],
  [
    'test/contracts/sqlite',
    'test/contracts/bee-simulator',
    'test/bee/transport',
    'test/bee/hostile',
    'test/bee/identity',
    'test/bee/spending',
  ],
  ['test/promises'],
  ['test/access', 'test/graphql', 'test/rest', 'test/http', 'test/cli', 'test/process'],
];
const MAX_MUTANT_MS = 600_000;

const { sample, only, seeds, report, workers } = new Command('mutate')
  .description(
    'Changes the source in one place at a time, and counts the changes that simulation and tests notice.',
  )
  .option('--sample <n>', 'one mutant of so many, chosen by chance', '1')
  .option('--only <text>', 'only files whose path has this text', '')
  .option('--seeds <count>', 'of the simulation, for each mutant', '60')
  .option('--workers <count>', 'processes', String(availableParallelism()))
  .option('--report <file>', 'writes the survivors to this file as JSON')
  .parse()
  .opts<{ sample: string; only: string; seeds: string; report?: string; workers: string }>();

const print = (line: string): void => void process.stdout.write(`${line}\n`);

using sandbox = await makeSandbox();
const prng = new Prng(1, 1);
const chosen = sandbox.mutants
  .filter(({ file }) => file.includes(only))
  .filter(() => prng.below(Number(sample)) === 0);
print(`${chosen.length} of ${sandbox.mutants.length} mutants`);

const undecided = [...chosen];
const survivors: Mutant[] = [];
let done = 0;
await Promise.all(Array.from({ length: Number(workers) }, work));
survivors.sort((a, b) => Number(a.id) - Number(b.id));
for (const folder of new Set(chosen.map(folderOf))) {
  const all = chosen.filter((mutant) => folderOf(mutant) === folder).length;
  const alive = survivors.filter((mutant) => folderOf(mutant) === folder).length;
  print(`${folder}: ${all - alive} of ${all} noticed (${percent(all - alive, all)})`);
}
print(
  `all: ${chosen.length - survivors.length} of ${chosen.length} noticed (${percent(chosen.length - survivors.length, chosen.length)})`,
);
if (report !== undefined) writeFileSync(report, `${JSON.stringify(survivors, null, 2)}\n`);

async function work(): Promise<void> {
  let simulation = await startSimulation();
  for (let mutant = undecided.shift(); mutant; mutant = undecided.shift()) {
    const { verdict, alive } = await simulated(simulation, mutant);
    if (!alive) simulation = await startSimulation();
    const caughtBy = verdict.caughtBy ?? (await tested(mutant, verdict.atLoad));
    done += 1;
    const place = `${done}/${chosen.length} ${mutant.file}:${mutant.line} ${mutant.kind}`;
    print(caughtBy === null ? `${place}: SURVIVED` : `${place}: ${caughtBy}`);
    if (caughtBy !== null) continue;
    survivors.push(mutant);
    print(`- ${mutant.original}\n+ ${mutant.replacement}`);
  }
  simulation.kill('SIGKILL');
}

async function startSimulation(): Promise<ChildProcess> {
  const child = fork('test/mutation/simulate-mutants.ts', [seeds], {
    cwd: sandbox.directory,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

/** A process that dies or does not answer has noticed the mutant. */
async function simulated(child: ChildProcess, { id }: Mutant): Promise<{ verdict: Verdict; alive: boolean }> {
  child.removeAllListeners();
  child.send(id);
  const verdict = await Promise.race([
    once(child, 'message').then(([answer]: Verdict[]) => answer),
    once(child, 'exit').then(() => undefined),
    new Promise<undefined>((resolve) => setTimeout(resolve, MAX_MUTANT_MS, undefined).unref()),
  ]);
  if (verdict !== undefined) return { verdict, alive: true };
  child.kill('SIGKILL');
  return { verdict: { id, caughtBy: 'no answer', atLoad: false }, alive: false };
}

async function tested({ id }: Mutant, atLoad: boolean): Promise<string | null> {
  const env = { ...process.env, __STRYKER_ACTIVE_MUTANT__: id };
  const run = (command: readonly string[]): Promise<unknown> =>
    promisify(execFile)(process.execPath, command, {
      cwd: sandbox.directory,
      env,
      timeout: MAX_MUTANT_MS,
      maxBuffer: 2 ** 28,
    });
  for (const paths of TESTS) {
    try {
      await run([
        'node_modules/vitest/vitest.mjs',
        'run',
        '--bail=1',
        '--maxWorkers=1',
        '--project=all',
        ...paths,
      ]);
    } catch {
      return paths.join(' ');
    }
  }
  if (!atLoad) return null;
  try {
    await run(['test/simulation/main.ts', '--seeds', seeds, '--until-violation']);
    return null;
  } catch {
    return 'the simulation';
  }
}

function folderOf({ file }: Mutant): string {
  return file.split('/').slice(0, 2).join('/');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;
}
