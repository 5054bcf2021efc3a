import { type AwayBound, type NodeWithheld, nodeWithheld } from '../../domain/node.ts';
import type { NodeRow } from './row-types.ts';

/** Why all stamps of a node are withheld, by node. */
export type WithheldNodes = ReadonlyMap<string, NodeWithheld>;

/** What decides whether the stamps of a node are withheld. */
export type NodeTimes = Pick<NodeRow, 'name' | 'changedAt' | 'observedAt'>;

/** Without a bound, only that another node answers counts. */
export function withheldNodesIn(rows: readonly NodeTimes[], bound: AwayBound | null): WithheldNodes {
  const withheld = new Map<string, NodeWithheld>();
  for (const { name, changedAt, observedAt } of rows) {
    const hasChanged = changedAt !== null;
    const reason =
      bound === null
        ? hasChanged && 'node_changed'
        : nodeWithheld({ hasChanged, observedAtMs: observedAt }, bound);
    if (reason) withheld.set(name, reason);
  }
  return withheld;
}
