/**
 * A process of the sandbox: runs test files with one mutant after the other. Vitest transforms the sources once; each request
 * gets a worker process of its own, so that code that runs when its module is loaded has the mutant as well.
 */
import { relative } from 'node:path';
import { inspect } from 'node:util';
import { createVitest, type TestModule, type TestSpecification } from 'vitest/node';
import { RESOLVE } from '../../vitest.config.ts';
import type { ActiveMutant } from './setup-file.ts';

export interface TestRequest {
  readonly mutant: ActiveMutant | null;
  /** In this order, until one fails. */
  readonly files: readonly string[];
  /** Where the worker appends what each file runs. */
  readonly records: string | null;
}

export interface Tested {
  /** By the first failed test; null: all passed. */
  readonly caughtBy: string | null;
  readonly failed: readonly string[];
}

class AsGiven {
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
  sort(files: TestSpecification[]): TestSpecification[] {
    return files;
  }
}

/** Most tests take less than a second on an idle core. */
const TIMEOUT_MS = 60_000;

const vitest = await createVitest(
  {
    config: false,
    watch: false,
    isolate: false,
    maxWorkers: 1,
    bail: process.argv.includes('--bail') ? 1 : 0,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ['test/temporary-directory.ts', 'test/postgres/share-server.ts'],
    setupFiles: ['test/mutation/setup-file.ts'],
    sequence: { sequencer: AsGiven },
    reporters: [{}],
    silent: true,
  },
  { resolve: RESOLVE },
);
await vitest.standalone();
const specifications = new Map(
  (await vitest.globTestSpecifications()).map((one) => [relative(vitest.config.root, one.moduleId), one]),
);

async function run({ mutant, files, records }: TestRequest): Promise<Tested> {
  vitest.provide('mutant', mutant);
  vitest.provide('records', records);
  vitest.state.filesMap.clear(); // else results of earlier requests are counted
  vitest.state.idMap.clear();
  const chosen = files.flatMap((file) => specifications.get(file) ?? []);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(chosen);
  const failures = testModules.flatMap((module) => failureOf(module) ?? []);
  const [unhandled] = unhandledErrors;
  if (unhandled !== undefined)
    failures.push({ file: '', text: `unhandled: ${firstLine(inspect(unhandled))}` });
  return { caughtBy: failures[0]?.text ?? null, failed: failures.map(({ file }) => file) };
}

function failureOf(module: TestModule): { file: string; text: string } | undefined {
  const file = relative(vitest.config.root, module.moduleId);
  for (const test of module.children.allTests('failed')) {
    const { errors = [] } = test.result();
    return { file, text: `${file} > ${test.fullName}: ${firstLine(errors[0]?.message ?? '')}` };
  }
  if (module.ok()) return undefined;
  return { file, text: `${file}: ${firstLine(module.errors()[0]?.message ?? 'failed')}` };
}

const firstLine = (text: string): string => text.slice(0, 200).split('\n')[0] ?? '';

process.on('message', (request: TestRequest) => {
  run(request).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit()); // the parent has ended
process.send?.('ready');
