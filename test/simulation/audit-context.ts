import type { UnshownAudit } from './audit-unshown.ts';
import type { Disk } from './disk.ts';
import type { Environment } from './environment.ts';
import type { ExpectedClock } from './expected-clock.ts';
import type { ExpectedView } from './expected-view.ts';
import type { World } from './world.ts';

/** What every part of the checker uses. */
export interface AuditContext {
  readonly world: World;
  readonly environment: Environment;
  readonly disk: Disk;
  readonly view: ExpectedView;
  readonly unshown: UnshownAudit;
  readonly clock: ExpectedClock;
  /** Whether another node has answered, so that the stock may be withheld. */
  readonly mayBeDistrusted: () => boolean;
  /** Whether the acquisition was on disk at the previous check, so that it is older than the request that is answered with it now. */
  readonly knownBefore: (acquisitionId: string) => boolean;
  /** How often an incident of this code was reported so far. */
  readonly reportCount: (code: string) => number;
  /** Whether an incident of one of these codes was reported with this text in its subject or message. */
  readonly isReported: (codes: readonly string[] | 'any', text: string) => boolean;
}

/** The target of a depth. */
export const targetOf = ({ world }: Pick<AuditContext, 'world'>, depth: number): number =>
  [...world.policy.targets].find(([of]) => of === depth)?.[1] ?? 0;
