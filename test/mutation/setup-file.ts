// Runs in vitest's worker before each test file of the sandbox: switches the mutant on, or records which mutants a file runs.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { instrumentation } from './instrumentation.ts';

export interface ActiveMutant {
  readonly id: string;
  readonly hitLimit: number;
}

/** What one test file runs, without a mutant. */
export interface FileRecord {
  readonly file: string;
  readonly cpuMs: number;
  readonly ms: number;
  /** Hits by id. */
  readonly hits: Readonly<Record<string, number>>;
  /** The ids of what runs when a module is loaded, of all modules so far. */
  readonly atLoad: readonly string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly mutant: ActiveMutant | null;
    readonly records: string | null;
  }
}

const state = instrumentation();
const mutant = inject('mutant');
const records = inject('records');
if (mutant) {
  process.env[INSTRUMENTER_CONSTANTS.ACTIVE_MUTANT_ENV_VARIABLE] = mutant.id; // for the processes that tests start
  state.activeMutant = mutant.id;
  state.hitCount = 0;
  state.hitLimit = mutant.hitLimit;
}
if (records !== null) record(records);

function record(target: string): void {
  const file = relative(process.cwd(), expect.getState().testPath ?? '');
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  beforeAll(() => {
    state.currentTestId = file;
  });
  afterAll(() => {
    const { user, system } = process.cpuUsage(startedCpu);
    const one: FileRecord = {
      file,
      cpuMs: (user + system) / 1000,
      ms: performance.now() - startedMs,
      hits: state.mutantCoverage?.perTest[file] ?? {},
      atLoad: Object.keys(state.mutantCoverage?.static ?? {}),
    };
    appendFileSync(target, `${JSON.stringify(one)}\n`);
    state.currentTestId = undefined;
  });
}
