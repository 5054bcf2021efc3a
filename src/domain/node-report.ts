import type { HoldCode } from './action.ts';
import type { LastKnown } from './last-known.ts';

/** What the last run of a node leaves for the other nodes: the allocation of purchases rests on it. It is kept on disk. */
export interface NodeReport extends LastKnown {
  /** By the settings of the process that made the run. */
  readonly drained: boolean;
  /** Why the node could start no purchase after the run, whatever its cost; null if it could. */
  readonly blockedBy: HoldCode | null;
  /** The last upload with the canary of the node failed. */
  readonly canaryFailed: boolean;
  /** Differs if the run was made with other settings. */
  readonly settings: string;
}
