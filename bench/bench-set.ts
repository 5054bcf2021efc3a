import type { Line } from './line.ts';
import type { Scratch } from './scratch.ts';

/** Some figures that are measured together. Can be run alone, by its name. */
export interface BenchSet {
  readonly name: string;
  readonly about: string;
  /** Whether a goal rests on it. The others are left out of a quick run, unless they are named. */
  readonly hasGoal: boolean;
  /** It runs only if it is named. */
  readonly onlyByName?: true;
  run(bench: Bench): Promise<void>;
}

export interface Bench {
  readonly scratch: Scratch;
  /** Small numbers and few rounds: shows that everything works, and the order of magnitude. */
  readonly quick: boolean;
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  /** A checkout of the Python gateway; null: it is not measured. */
  readonly gateway: string | null;
  /** Prints a figure, and keeps it for the results. */
  readonly add: (line: Line) => void;
  /** Prints a remark. */
  readonly note: (text: string) => void;
}
