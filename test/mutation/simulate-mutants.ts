/**
 * A process of the sandbox: plays seeds of the simulation with one mutant after the other. The parent sends the id of a
 * mutant and gets a Verdict back.
 */
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';

export interface Verdict {
  readonly id: string;
  /** How the mutant was caught; null: it was not. */
  readonly caughtBy: string | null;
  /** The mutated code runs while its module is loaded, so that it cannot be switched here. */
  readonly atLoad: boolean;
}

/** What instrumented code reads and writes: @stryker-mutator/instrumenter. */
interface Instrumentation {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

/** An endless loop in a mutant ends when it has run this many times as often as the code did without it. */
const MAX_REPETITION = 100;

Error.stackTraceLimit = 0;
const seeds = Number(process.argv[2]);
const instrumentation: Instrumentation = {};
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: instrumentation }); // before instrumented code is loaded
const { runSeed } = await import('../simulation/run-scenario.ts');
const { ScratchFile } = await import('../simulation/scratch-file.ts');
await using scratch = await ScratchFile.make();

for (let seed = 1; seed <= seeds; seed++) {
  instrumentation.currentTestId = String(seed);
  const { violation } = await runSeed(seed, scratch);
  if (violation) throw new Error(`seed ${seed} fails without a mutant: ${violation.message}`);
}
instrumentation.currentTestId = undefined;
const coverage = instrumentation.mutantCoverage ?? { static: {}, perTest: {} };

async function judge(id: string): Promise<Verdict> {
  if (id in coverage.static) return { id, caughtBy: null, atLoad: true };
  instrumentation.activeMutant = id;
  for (let seed = 1; seed <= seeds; seed++) {
    const hits = coverage.perTest[seed]?.[id];
    if (hits === undefined) continue;
    instrumentation.hitCount = 0;
    instrumentation.hitLimit = MAX_REPETITION * (hits + MAX_REPETITION);
    const caughtBy = await violationOf(seed);
    if (caughtBy !== null) return { id, caughtBy, atLoad: false };
  }
  return { id, caughtBy: null, atLoad: false };
}

async function violationOf(seed: number): Promise<string | null> {
  try {
    const { violation } = await runSeed(seed, scratch);
    return violation && `seed ${seed}, rule ${violation.rule}`;
  } catch {
    return `seed ${seed}, an error`;
  }
}

process.on('message', (id: string) => {
  judge(id).then(
    (verdict) => process.send?.(verdict),
    () => process.exit(1),
  );
});
process.on('uncaughtException', () => process.exit(1));
process.send?.('ready');
await new Promise(() => {});
