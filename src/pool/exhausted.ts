import type { AcquireRequest, AcquireResult, DepthAvailability } from '../domain/acquisition.ts';
import { type Policy, purchasedSeconds } from '../domain/policy.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import type { ExpiryClock } from '../signals/expiry-clock.ts';
import type { Levels } from '../signals/levels.ts';
import type { Runs } from '../signals/runs.ts';
import { type Moment, momentOf } from '../store/moment.ts';
import { type Store } from '../store/store.ts';
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
  const isAllowed = (other: Depth): boolean => request.depths?.has(other) !== false;
  const suits = (other: Depth): boolean =>
    other === depth ||
    (request.allowLarger &&
      isAllowed(other) &&
      other > depth &&
      other - depth <= (policy.fallback.maxSteps ?? Infinity));
  const { levels, ...outlook } = node === null ? await readPool(reading) : await readNode(reading, node);
  const others = levels.filter(
    (level) => level.depth !== depth && level.available > 0 && isAllowed(level.depth),
  );
  return {
    is: 'exhausted',
    depth,
    node,
    expectedAt: isBoughtFor(request, policy) ? expectedAt(outlook, suits, now) : null,
    alternatives: (await livingLongEnough(others, request, reading)).toSorted((a, b) => a.depth - b.depth),
  };
}

/** Those of which a stamp lives as long as the request wants. It is looked for by index: the stock is counted for one time to live. */
async function livingLongEnough(
  levels: readonly DepthAvailability[],
  { minTtlSeconds, node }: AcquireRequest,
  { store, moment }: Reading,
): Promise<readonly DepthAvailability[]> {
  if (minTtlSeconds <= moment.promisedTtlSeconds) return levels;
  const wish = { ...moment, promisedTtlSeconds: minTtlSeconds };
  const pages = await Promise.all(
    levels.map(({ depth }) => store.availableStamps({ first: 1, after: null, depth, node }, wish)),
  );
  return levels.filter((_level, at) => pages[at]?.items.length === 1);
}

/** Whether a stamp that the pool buys lives as long as the request wants. Pure. */
export const isBoughtFor = (
  { minTtlSeconds }: Pick<AcquireRequest, 'minTtlSeconds'>,
  policy: Pick<Policy, 'defaultDurationSeconds'>,
): boolean => minTtlSeconds <= purchasedSeconds(policy);

interface Reading extends ExhaustedParts {
  readonly moment: Moment;
}

interface InStock extends Outlook {
  readonly levels: readonly DepthAvailability[];
}

async function readPool(reading: Reading): Promise<InStock> {
  const { store, moment, policy, nodes, runs, levels } = reading;
  const [incoming, inStock] = await Promise.all([readIncoming(store, policy), store.levels(moment)]);
  // a stamp may have become too short-lived since the levels were counted
  const atThisMoment = levels.current.depths.map((level) => ({
    ...level,
    available: inStock.get(level.depth) ?? 0,
  }));
  return {
    ...incoming,
    boughtSoon: boughtSoon({ levels: atThisMoment, nodes, runs: runs.lastOfEach }),
    nextPurchaseAt: nextPurchaseAt(reading),
    levels: [...inStock].map(([depth, available]) => ({ depth, available })),
  };
}

/** A request that finds nothing asks for a run at once, unless the operator has purchases wait for the next one. */
function nextPurchaseAt({ moment: { at }, policy, runs }: Reading): Date {
  const due = runs.lastOfEach.map(({ nextAt }) => nextAt.getTime() - at.getTime());
  if (policy.immediateReplenish || due.length === 0) return at;
  const waitMs = Math.min(...due, policy.runIntervalSeconds * 1000); // the wall clock may have been set since
  return new Date(at.getTime() + Math.max(0, waitMs));
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
    nextPurchaseAt: moment.at,
    levels: stock.depths.map(({ depth, available }) => ({ depth, available })),
  };
}
