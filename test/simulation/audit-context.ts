import type { ClockBooks } from './clock-books.ts';
import type { Disk } from './disk.ts';
import type { Scene } from './environment.ts';
import type { Knowledge } from './expected-view.ts';
import type { InVain } from './in-vain.ts';
import type { Stage } from './world.ts';

/** What every part of the checker goes by. */
export interface Facts {
  readonly stage: Stage;
  readonly scene: Scene;
  readonly disk: Disk;
  readonly knowledge: Knowledge;
  readonly inVain: InVain;
  readonly clock: ClockBooks;
  /** Whether another node has answered, so that the stock may be withheld. */
  readonly mayBeDistrusted: () => boolean;
  /** Whether the acquisition was on disk at the last look at the disk: it is older than the request that hears of it now. */
  readonly knownBefore: (acquisitionId: string) => boolean;
  /** How often an incident of this code was reported so far. */
  readonly reported: (code: string) => number;
  /** Whether an incident of one of these codes was reported about, or with, this text. */
  readonly named: (codes: readonly string[] | 'any', text: string) => boolean;
}

/** How many stamps of a depth the operator wants. */
export const targetOf = ({ stage }: Pick<Facts, 'stage'>, depth: number): number =>
  [...stage.policy.targets].find(([of]) => of === depth)?.[1] ?? 0;
