import type { AcquireRequest, AcquireResult, DepthAvailability } from '../domain/acquisition.ts';
import type { Policy } from '../domain/policy.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import { type Moment, momentOf, type Store } from '../store/store.ts';
import { readIncoming } from './arrivals.ts';
import { expectedAt, type Outlook, typicalLeadTime } from './expected-at.ts';

interface ExhaustedParts {
  readonly store: Store;
  readonly expiryClock: Pick<ExpiryClock, 'now'>;
  readonly policy: Policy;
}

/** The result for a request that got no stamp: when one is expected, and what else is in stock. */
export async function exhausted(request: AcquireRequest, parts: ExhaustedParts): Promise<AcquireResult> {
  const { store, expiryClock, policy } = parts;
  const { depth, node } = request;
  const now = expiryClock.now();
  const reading = { store, policy, moment: momentOf(policy, now) };
  const suits = (other: Depth): boolean =>
    other === depth ||
    (request.allowLarger && other > depth && other - depth <= (policy.fallback.maxSteps ?? Infinity));
  const { levels, ...outlook } = node === null ? await readPool(reading) : await readNode(reading, node);
  return {
    is: 'exhausted',
    depth,
    node,
    expectedAt: expectedAt(outlook, suits, now),
    alternatives: levels
      .filter((level) => level.depth !== depth && level.available > 0)
      .toSorted((a, b) => a.depth - b.depth),
  };
}

interface Reading {
  readonly store: Store;
  readonly moment: Moment;
  readonly policy: Policy;
}

interface InStock extends Outlook {
  readonly levels: readonly DepthAvailability[];
}

async function readPool({ store, moment, policy }: Reading): Promise<InStock> {
  const [incoming, levels] = await Promise.all([readIncoming(store, policy), store.levels(moment)]);
  const { targets } = policy;
  return { ...incoming, targets, levels: [...levels].map(([depth, available]) => ({ depth, available })) };
}

/** No target is that of one node: only what it has on order is expected. Its propagating stamps began at an unknown time. */
async function readNode({ store, moment, policy }: Reading, node: NodeName): Promise<InStock> {
  const [stock, leadTimesSeconds] = await Promise.all([
    store.nodeStock(node, moment),
    store.leadTimesSeconds(),
  ]);
  return {
    openOrders: stock.openOrders,
    firstPropagating: new Map([...stock.propagating.keys()].map((depth) => [depth, moment.at])),
    leadTimeSeconds: typicalLeadTime(leadTimesSeconds, policy.blockTimeSeconds),
    targets: new Map(),
    levels: stock.depths.map(({ depth, available }) => ({ depth, available })),
  };
}
