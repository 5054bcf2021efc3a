import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { migratedDatabase } from '../postgres/migrated-database.ts';
import { startPostgres } from '../postgres/server.ts';
import { Prng } from '../simulation/prng.ts';
import { compiling } from './compiling.ts';
import { hitLimit } from './instrumentation.ts';
import { Judge } from './judge.ts';
import { type Mutant, makeSandbox } from './sandbox.ts';
import type { Simulated, SimulationRequest } from './simulate-mutants.ts';
import { type Choice, measureTestFiles } from './test-files.ts';
import type { Tested, TestRequest } from './test-mutants.ts';

const options = new Command('mutate')
  .description(
    'Changes the source in one place at a time, and counts the changes that simulation and tests notice.',
  )
  .option(
    '--sample <count>',
    'this number of mutants, chosen by chance: always the same ones for the same source and number',
  )
  .option('--chance <number>', 'another number chooses other mutants', '1')
  .option('--only <text>', 'only files whose path has this text', '')
  .option('--seeds <count>', 'of the simulation, for each mutant', '40')
  .option('--test-seconds <seconds>', 'of processor time, for the tests of each mutant', '12')
  .option('--slow', 'tries the mutants that were not noticed with all other tests that run them', false)
  .option('--workers <count>', 'processes', String(availableParallelism()))
  .option('--directory <path>', 'keeps the mutants and the verdicts there, and goes on where it stopped')
  .parse()
  .opts<{
    sample?: string;
    chance: string;
    only: string;
    seeds: string;
    testSeconds: string;
    slow: boolean;
    workers: string;
    directory?: string;
  }>();

/** What became of a mutant. */
interface Verdict {
  readonly id: string;
  readonly caughtBy: string | null;
  /** How many test files that run the mutant were left out, because time was up. */
  readonly left: number;
}

type Simulation = Judge<SimulationRequest, Simulated>;
type Tests = Judge<TestRequest, Tested>;

/** Without a mutant, all worlds take less than a tenth of it. */
const MAX_SIMULATION_CPU_MS = 400_000;
/** For the start, and what the test files import. */
const MIN_TEST_CPU_MS = 60_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

using sandbox = await makeSandbox(options.directory);
const { directory } = sandbox;
const sampled = shuffled(sandbox.mutants.filter(({ file }) => file.includes(options.only))).slice(
  0,
  options.sample === undefined ? undefined : Number(options.sample),
);
const chosen = compiling(sampled, directory);
print(
  `${sampled.length} of ${sandbox.mutants.length} mutants, ${sampled.length - chosen.length} of which do not compile`,
);

await using postgres = await startPostgres({ fsync: false });
// its template is made by code without mutants, for all tests
await (await migratedDatabase(postgres.url))[Symbol.asyncDispose]();
const env = { TEST_DATABASE_URL: postgres.url };
using judges = new DisposableStack();
const workers = Array.from({ length: Number(options.workers) }, () => ({
  simulation: judges.use<Simulation>(
    new Judge({ script: 'test/mutation/simulate-mutants.ts', args: [options.seeds], directory, env }),
  ),
  tests: judges.use<Tests>(
    new Judge({ script: 'test/mutation/test-mutants.ts', args: ['--bail'], directory, env }),
  ),
}));
const testFiles = await measure();

const verdictFile = join(directory, 'verdicts.jsonl');
const verdicts = new Map(readVerdicts().map((verdict) => [verdict.id, verdict]));
const undecided = chosen.filter(({ id }) => !verdicts.has(id));
await Promise.all(workers.map(work));
const unnoticed = options.slow ? chosen.filter(({ id }) => verdicts.get(id)?.caughtBy === null) : [];
await Promise.all(workers.map(tryHarder));
report();

async function measure(): Promise<Awaited<ReturnType<typeof measureTestFiles>>> {
  using started = new DisposableStack();
  const script = 'test/mutation/test-mutants.ts';
  const baseline = workers.map(() => started.use<Tests>(new Judge({ script, args: [], directory, env })));
  return await measureTestFiles(sandbox, baseline, print);
}

async function work({ simulation, tests }: { simulation: Simulation; tests: Tests }): Promise<void> {
  for (let mutant = undecided.shift(); mutant; mutant = undecided.shift()) {
    const { id, file, line, kind } = mutant;
    const choice = testFiles.of(mutant, 1000 * Number(options.testSeconds));
    const caughtBy =
      (await simulated(simulation, { id, part: 'first' })) ??
      (await tested(tests, choice, id)) ??
      (await simulated(simulation, { id, part: 'rest' }));
    decide({ id, caughtBy, left: choice.left });
    print(`${verdicts.size} ${id} ${file}:${line} ${kind}: ${caughtBy ?? 'SURVIVED'}`);
    if (caughtBy === null) print(`- ${mutant.original}\n+ ${mutant.replacement}`);
  }
}

async function tryHarder({ tests }: { tests: Tests }): Promise<void> {
  for (let mutant = unnoticed.shift(); mutant; mutant = unnoticed.shift()) {
    const { id } = mutant;
    const tried = testFiles.of(mutant, 1000 * Number(options.testSeconds));
    const caughtBy = await tested(tests, testFiles.others(mutant, tried), id);
    decide({ id, caughtBy, left: 0 });
    print(`${id} ${mutant.file}:${mutant.line}: ${caughtBy ?? 'SURVIVED'}`);
  }
}

function decide(verdict: Verdict): void {
  verdicts.set(verdict.id, verdict);
  appendFileSync(verdictFile, `${JSON.stringify(verdict)}\n`);
}

/** A process that dies or hangs has noticed the mutant. */
async function simulated(simulation: Simulation, request: SimulationRequest): Promise<string | null> {
  const answer = await simulation.ask(request, MAX_SIMULATION_CPU_MS);
  return answer ? answer.caughtBy : 'the simulation gives no answer';
}

async function tested(tests: Tests, { files, cpuMs, hits }: Choice, id: string): Promise<string | null> {
  if (files.length === 0) return null; // no test runs it
  const request = { mutant: { id, hitLimit: hitLimit(hits) }, files, records: null };
  const answer = await tests.ask(request, MIN_TEST_CPU_MS + 10 * cpuMs);
  return answer ? answer.caughtBy : `the tests give no answer: ${files.join(' ')}`;
}

function readVerdicts(): Verdict[] {
  if (!existsSync(verdictFile)) return [];
  const lines = readFileSync(verdictFile, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Verdict => JSON.parse(line));
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  const prng = new Prng(Number(options.chance), 1);
  return items
    .map((item) => ({ item, place: prng.below(2 ** 32) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function report(): void {
  const isNoticed = ({ id }: Mutant): boolean => verdicts.get(id)?.caughtBy !== null;
  const line = (name: string, of: readonly Mutant[]): string => {
    const noticed = of.filter(isNoticed).length;
    return `${name}: ${noticed} of ${of.length} noticed (${((100 * noticed) / Math.max(of.length, 1)).toFixed(1)} %)`;
  };
  for (const [folder, of] of Map.groupBy(chosen, ({ file }) => file.split('/').slice(0, 2).join('/')))
    print(line(folder, of));
  print(line('all', chosen));
}
