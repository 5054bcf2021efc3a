import type { Scene } from './environment.ts';
import type { Dice } from './prng.ts';

/** One row of the table of faults. */
export interface FaultKind {
  readonly sentence: string;
  /** Returns how to lift it; nothing when it cannot be undone, or is over at once. */
  strike(scene: Scene, dice: Dice, kind: string): (() => void) | void | Promise<void>;
}
