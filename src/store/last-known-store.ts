import type { NodeReport } from '../domain/node-report.ts';
import type { NodeName } from '../domain/units.ts';

/** What was last known of each node, on disk. Its only writer is the reconciler of the node. */
export interface LastKnownStore {
  /** null before the first run. */
  read(node: NodeName): Promise<NodeReport | null>;
  /** Of all nodes, by name. */
  all(): Promise<readonly NodeReport[]>;
  /** Replaces what was known of the node. */
  save(known: NodeReport): Promise<void>;
}
