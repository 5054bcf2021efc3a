import type { LastKnown } from '../domain/last-known.ts';
import type { NodeName } from '../domain/units.ts';

/** What was last known of each node, on disk. */
export interface LastKnownStore {
  /** null before the first run. */
  read(node: NodeName): Promise<LastKnown | null>;
  /** Replaces what was known of the node. */
  save(known: LastKnown): Promise<void>;
}
