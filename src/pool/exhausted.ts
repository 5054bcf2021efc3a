import type { AcquireRequest, AcquireResult, DepthAvailability } from '../domain/acquisition.ts';
import { type Policy, purchasedSeconds } from '../domain/policy.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Levels } from '../signals/levels.ts';
import type { Runs } from '../signals/runs.ts';
import { type Moment, momentOf, type Store } from '../store/store.ts';
import { readIncoming } from './arrivals.ts';
import { boughtSoon } from './bought-soon.ts';
import { expectedAt, type Outlook, typicalLeadTime } from './expected-at.ts';

interface ExhaustedParts {
  readonly store: Store;
  readonly expiryClock: Pick<ExpiryClock, 'now'>;
  readonly policy: Policy;
  /** The names of the nodes in the settings. */
  readonly nodes: readonly NodeName[];
  readonly runs: Pick<Runs, 'lastOfEach'>;
  readonly levels: Pick<Levels, 'current'>;
}

/** The result for a request that got no stamp: when one is expected, and what else is in stock. */
export async function exhausted(request: AcquireRequest, parts: ExhaustedParts): Promise<AcquireResult> {
  const { expiryClock, policy } = parts;
  const { depth, node } = request;
  const now = expiryClock.now();
  const reading = { ...parts, moment: momentOf(policy, now) };
  const livesLongEnough = request.minTtlSeconds <= purchasedSeconds(policy);
  const suits = (other: Depth): boolean =>
    other === depth ||
    (request.allowLarger && other > depth && other - depth <= (policy.fallback.maxSteps ?? Infinity));
  const { levels, ...outlook } = node === null ? await readPool(reading) : await readNode(reading, node);
  return {
    is: 'exhausted',
    depth,
    node,
    expectedAt: livesLongEnough ? expectedAt(outlook, suits, now) : null,
    alternatives: levels
      .filter((level) => level.depth !== depth && level.available > 0)
      .toSorted((a, b) => a.depth - b.depth),
  };
}

interface Reading extends ExhaustedParts {
  readonly moment: Moment;
}

interface InStock extends Outlook {
  readonly levels: readonly DepthAvailability[];
}

async function readPool({ store, moment, policy, nodes, runs, levels }: Reading): Promise<InStock> {
  const [incoming, inStock] = await Promise.all([readIncoming(store, policy), store.levels(moment)]);
  // a stamp may have become too short-lived since the levels were counted
  const atThisMoment = levels.current.depths.map((level) => ({
    ...level,
    available: inStock.get(level.depth) ?? 0,
  }));
  return {
    ...incoming,
    boughtSoon: boughtSoon({ levels: atThisMoment, nodes, runs: runs.lastOfEach }),
    levels: [...inStock].map(([depth, available]) => ({ depth, available })),
  };
}

/** No node buys for itself alone: only what it has on order is expected. Its propagating stamps began at an unknown time. */
async function readNode({ store, moment, policy }: Reading, node: NodeName): Promise<InStock> {
  const [stock, leadTimesSeconds] = await Promise.all([
    store.nodeStock(node, moment),
    store.leadTimesSeconds(),
  ]);
  return {
    openOrders: stock.openOrders,
    firstPropagating: new Map([...stock.propagating.keys()].map((depth) => [depth, moment.at])),
    leadTimeSeconds: typicalLeadTime(leadTimesSeconds, policy.blockTimeSeconds),
    boughtSoon: new Set(),
    levels: stock.depths.map(({ depth, available }) => ({ depth, available })),
  };
}
