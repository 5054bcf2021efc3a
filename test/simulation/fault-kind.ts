import type { Environment } from './environment.ts';
import type { Prng } from './prng.ts';

/** One row of the table of faults. */
export interface FaultKind {
  readonly description: string;
  /** Returns a function that ends the fault; nothing when it cannot be ended or is over at once. */
  inject(environment: Environment, prng: Prng, kind: string): Undo | Promise<Undo>;
}

type Undo = (() => void) | void;
