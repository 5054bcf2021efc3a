import type { NodeView } from '../domain/maintenance-run.ts';
import type { NodeRecord } from '../domain/node.ts';
import {
  type CompleteObservation,
  type Freshness,
  lagBlocks,
  type Observation,
} from '../domain/observation.ts';

interface Verified {
  readonly seen: Freshness;
  /** What the node that owns the stock showed; null when it is not complete, or another node showed it. */
  readonly own: CompleteObservation | null;
  readonly record: NodeRecord | undefined;
}

/** The node as the status shows it. Pure. */
export function nodeView(observation: Observation, { seen, own, record }: Verified): NodeView {
  const isComplete = observation.is === 'complete';
  return {
    name: observation.node,
    observedAt: observation.at,
    address: record?.address ?? null,
    seenAddress: isComplete ? observation.address : (observation.addresses.at(-1) ?? null),
    reachable: isComplete || observation.code !== 'NODE_UNREACHABLE',
    fresh: seen.is === 'fresh',
    why: seen.is === 'fresh' ? null : seen.why,
    version: own?.version ?? null,
    block: own?.chain.block ?? null,
    lagBlocks: own ? lagBlocks(own.chain) : null,
    price: own?.chain.price ?? null,
    wallet: own?.wallet ?? null,
  };
}
