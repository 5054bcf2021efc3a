import type { Change } from '../domain/change.ts';
import { justAway, type NodeRecord } from '../domain/node.ts';

/**
 * For the first node that is observed after none was for longer than the bound: the service or the machine did not run, or a
 * network or an RPC endpoint failed that all nodes use. That time says nothing about the other nodes, so it does not count
 * towards the time after which their stock is lost, and would be bought again. They stay away
 * (docs/decisions/0009-stock-while-the-node-is-silent.md). Pure.
 */
export function awaitNodes({ at, own, others, nodeAwaySeconds }: AwaitInput): readonly Change[] {
  const boundMs = nodeAwaySeconds * 1000;
  const lastMs = Math.max(...[own, ...others].map((node) => node?.observedAt?.getTime() ?? -Infinity));
  const gapMs = at.getTime() - lastMs;
  if (gapMs <= boundMs) return [];
  return others.flatMap(({ name, observedAt }): Change[] => {
    if (observedAt === null) return [];
    const sinceMs = Math.min(observedAt.getTime() + gapMs, justAway({ at, nodeAwaySeconds }).getTime());
    return sinceMs > observedAt.getTime()
      ? [{ change: 'nodeAwaited', node: name, since: new Date(sinceMs) }]
      : [];
  });
}

export interface AwaitInput {
  /** Of the observation, in the time that expiries are compared with. */
  readonly at: Date;
  /** The node that is observed, as it is on disk. */
  readonly own: NodeRecord | undefined;
  /** The other nodes of the settings, as they are on disk. */
  readonly others: readonly NodeRecord[];
  readonly nodeAwaySeconds: number;
}
