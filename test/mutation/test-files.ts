import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Judge } from './judge.ts';
import type { Mutant, Sandbox } from './sandbox.ts';
import type { FileRecord } from './setup-file.ts';
import type { Tested, TestRequest } from './test-mutants.ts';

/** Not of the code that is measured, or in processes of their own, in which no mutant is active; the simulation runs apart. */
const LEFT_OUT =
  /^test\/(browser|clients|crash|dashboard|demo|deploy|docs|examples|fuzz|generated|monitoring|mutation|package|process|siege|simulation|simulator|tidy|http\/(connections|socket-limits))/;

/** They take longer than all others together: only for the mutants that nothing else notices. */
const SLOW_TEST_FILES: readonly string[] = [
  'test/promises/3-never-twice.test.ts',
  'test/promises/3-claims.test.ts',
  'test/promises/long/3-dropped-transaction.test.ts',
  'test/promises/5-another-node.test.ts',
  'test/promises/7-acquired-is-final.test.ts',
  'test/promises/long/3-never-twice.test.ts',
  'test/promises/long/4-usable.test.ts',
  'test/promises/long/6-limits.test.ts',
  'test/promises/long/7-acquired-is-final.test.ts',
  'test/promises/long/month.test.ts',
];

/** Which test files run which mutant, and for how long. */
export class TestFiles {
  readonly #records: readonly FileRecord[];
  readonly #fileOf: ReadonlyMap<string, string>;
  readonly #atLoad: ReadonlySet<string>;

  constructor(records: readonly FileRecord[], mutants: readonly Mutant[]) {
    this.#records = records;
    this.#atLoad = new Set(records.flatMap(({ atLoad }) => atLoad));
    this.#fileOf = new Map(mutants.map(({ id, file }) => [id, file]));
  }

  /** Those that may notice the mutant, the nearest and shortest first, up to this processor time. */
  of(mutant: Mutant, maxCpuMs: number): Choice {
    const running = this.#running(mutant);
    const files: FileRecord[] = [];
    let left = maxCpuMs;
    for (const one of running.filter(({ cpuMs }, index) => index === 0 || cpuMs <= maxCpuMs)) {
      if (one.cpuMs > left && files.length > 0) break;
      left -= one.cpuMs;
      files.push(one);
    }
    return choiceOf(mutant, files, running.length);
  }

  /** All others that run the mutant, the slowest at last. */
  others(mutant: Mutant, { files }: Choice): Choice {
    const running = this.#running(mutant).filter(({ file }) => !files.includes(file));
    const slow = SLOW_TEST_FILES.map((file) => ({ file, cpuMs: SLOW_CPU_MS, ms: 0, hits: {}, atLoad: [] }));
    // what the slow ones run was not measured
    return { ...choiceOf(mutant, [...running, ...slow], 0), hits: Number.MAX_SAFE_INTEGER };
  }

  #running(mutant: Mutant): FileRecord[] {
    const near = dirname(mutant.file).replace(/^src\//, 'test/');
    const isNear = ({ file }: FileRecord): boolean =>
      file.startsWith(`${near}/`) ||
      (near.startsWith('test/store') && /^test\/(store|contracts)\//.test(file));
    const distance = (record: FileRecord): number => (isNear(record) ? 0.1 : 1) * record.cpuMs;
    const covering = this.#atLoad.has(mutant.id)
      ? this.#ofSource(mutant.file)
      : this.#records.filter(({ hits }) => mutant.id in hits);
    return covering.toSorted((a, b) => distance(a) - distance(b));
  }

  /** That load the source file, or run anything of it. */
  #ofSource(source: string): readonly FileRecord[] {
    return this.#records.filter(({ hits, atLoad }) =>
      [...atLoad, ...Object.keys(hits)].some((id) => this.#fileOf.get(id) === source),
    );
  }
}

const SLOW_CPU_MS = 30_000;

const choiceOf = (mutant: Mutant, files: readonly FileRecord[], total: number): Choice => ({
  files: files.map(({ file }) => file),
  left: Math.max(0, total - files.length),
  cpuMs: files.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  hits: Math.max(0, ...files.map(({ hits }) => hits[mutant.id] ?? 0)),
});

export interface Choice {
  readonly files: readonly string[];
  /** How many more there are. */
  readonly left: number;
  /** Without a mutant. */
  readonly cpuMs: number;
  /** The most of one file. */
  readonly hits: number;
}

/** Runs the test files without a mutant, once per sandbox. Those that fail in it are left out, and printed. */
export async function measureTestFiles(
  { directory, mutants }: Sandbox,
  judges: readonly Judge<TestRequest, Tested>[],
  print: (line: string) => void,
): Promise<TestFiles> {
  const measured = readMeasured(directory);
  const known = new Set([...measured.failing, ...measured.records.map(({ file }) => file)]);
  const waiting = globSync('test/**/*.test.ts', { cwd: directory })
    .filter((file) => !LEFT_OUT.test(file) && !SLOW_TEST_FILES.includes(file) && !known.has(file))
    .toSorted();
  await Promise.all(
    judges.map(async (judge, index) => {
      for (let files = waiting.splice(0, AT_ONCE); files.length > 0; files = waiting.splice(0, AT_ONCE)) {
        const records = await measure(judge, files, join(directory, `records-${index}.jsonl`));
        const passed = new Set(records.map(({ file }) => file));
        measured.records.push(...records);
        measured.failing.push(...files.filter((file) => !passed.has(file)));
        writeFileSync(targetIn(directory), JSON.stringify(measured)); // what is interrupted goes on from here
      }
    }),
  );
  for (const file of measured.failing) print(`left out, because it fails without a mutant: ${file}`);
  return new TestFiles(measured.records, mutants);
}

interface Measured {
  readonly records: FileRecord[];
  readonly failing: string[];
}

const targetIn = (directory: string): string => join(directory, 'test-files.json');

function readMeasured(directory: string): Measured {
  if (!existsSync(targetIn(directory))) return { records: [], failing: [] };
  return JSON.parse(readFileSync(targetIn(directory), 'utf8'));
}

const AT_ONCE = 5;

async function measure(
  judge: Judge<TestRequest, Tested>,
  files: readonly string[],
  records: string,
): Promise<FileRecord[]> {
  rmSync(records, { force: true });
  const tested = await judge.ask({ mutant: null, files, records }, Number.POSITIVE_INFINITY);
  if (tested === null) throw new Error(`these test files cannot be run: ${files.join(' ')}`);
  const lines = readFileSync(records, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line): FileRecord => JSON.parse(line))
    .filter(({ file }) => !tested.failed.includes(file));
}
