import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';

/** What instrumented code reads and writes: @stryker-mutator/instrumenter. */
export interface Instrumentation {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

/** Of this process. Instrumented code keeps the object that it finds when it is loaded. */
export function instrumentation(): Instrumentation {
  const found: unknown = Reflect.get(globalThis, INSTRUMENTER_CONSTANTS.NAMESPACE);
  if (typeof found === 'object' && found !== null) return found;
  const made: Instrumentation = {};
  Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: made });
  return made;
}

/** An endless loop in a mutant ends when it has run this many times as often as the code did without it. */
const MAX_REPETITION = 100;

/** From the hits without the mutant. */
export const hitLimit = (hits: number): number => MAX_REPETITION * (hits + MAX_REPETITION);
