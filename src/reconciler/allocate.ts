import type { NodeReport } from '../domain/node-report.ts';
import type { Wallet } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import type { Depth, NodeName, Plur } from '../domain/units.ts';

/**
 * Decides which node buys what the pool lacks. Each need in turn, the most urgent first, goes to the node that has the least to do,
 * so that the nodes buy in parallel; among equal ones to the node with the fewest stamps of the depth. A node whose canary
 * fails, or that lags, buys what no other node can. The result is the same on every replica that reads the same. Pure.
 */
export function allocate(
  needs: readonly Need[],
  nodes: readonly NodeState[],
  limits: AllocationLimits,
): Allocation {
  const buyers = nodes.filter(({ report }) => mayBuy(report, limits)).map((node) => new Buyer(node, limits));
  const open = needs
    .toSorted((a, b) => a.rank - b.rank || a.depth - b.depth)
    .map((need) => ({ need, left: need.count, chunk: Math.ceil(need.count / MAX_STEPS) }));
  let given: number;
  do {
    given = 0;
    for (const one of open) {
      const count = buyerOf(one.need, buyers)?.take(one.need, Math.min(one.chunk, one.left)) ?? 0;
      one.left -= count;
      given += count;
    }
  } while (given > 0);
  return {
    parts: new Map(buyers.map((buyer) => [buyer.node, buyer.shares])),
    unallocated: open.flatMap(({ need, left }) => (left > 0 ? { depth: need.depth, count: left } : [])),
  };
}

/** Stamps of one depth that the pool lacks. */
export interface Need {
  readonly depth: Depth;
  readonly count: number;
  /** The lowest comes first. */
  readonly rank: number;
  /** Of one stamp. */
  readonly cost: Plur;
}

/** How many stamps of a depth to buy. */
export interface Share {
  readonly depth: Depth;
  readonly count: number;
}

export interface Allocation {
  /** What each node buys, the most urgent first. */
  readonly parts: ReadonlyMap<NodeName, readonly Share[]>;
  /** What no node can buy now. */
  readonly unallocated: readonly Share[];
}

/** A node, as its last run reported it, and what it holds. */
export interface NodeState {
  readonly report: Reported;
  /** By depth, how many stamps it has available and on order. */
  readonly stock: ReadonlyMap<Depth, number>;
  /** How many of its orders are open. */
  readonly openOrders: number;
}

type Reported = Pick<
  NodeReport,
  'node' | 'runEndedAt' | 'fresh' | 'observed' | 'drained' | 'blockedBy' | 'canaryFailed'
>;

export interface AllocationLimits {
  readonly policy: Policy;
  /** The wall-clock time. */
  readonly now: Date;
}

/** A report that is older than this many planning intervals counts as absent: its node is allocated nothing. */
const MAX_REPORT_AGE_INTERVALS = 3;

/** Whether the node was observed lately. Also false for a report of the future: the wall clock was set. Pure. */
export const isRecent = (
  { runEndedAt }: Pick<NodeReport, 'runEndedAt'>,
  { policy, now }: AllocationLimits,
): boolean =>
  Math.abs(now.getTime() - runEndedAt.getTime()) <=
  MAX_REPORT_AGE_INTERVALS * policy.runIntervalSeconds * 1000;

/** Whether the node can buy now what it can pay for. */
const mayBuy = (report: Reported, limits: AllocationLimits): boolean =>
  report.fresh && report.blockedBy === null && !report.drained && isRecent(report, limits);

/** The needs of a depth are given out in at most this many steps, whatever their number. */
const MAX_STEPS = 1_000;
/** More than the usual lag (docs/bee.md#visibility), and still fresh. */
const LAGGING_BLOCKS = 12;

/** A node that can buy, and what it was given so far. */
class Buyer {
  readonly node: NodeName;
  readonly report: Reported;
  readonly #state: NodeState;
  readonly #limits: AllocationLimits;
  readonly #shares = new Map<Depth, number>();
  #spent = 0n;

  constructor(state: NodeState, limits: AllocationLimits) {
    this.node = state.report.node;
    this.report = state.report;
    this.#state = state;
    this.#limits = limits;
  }

  get shares(): readonly Share[] {
    return [...this.#shares].map(([depth, count]) => ({ depth, count }));
  }

  get load(): number {
    return [...this.#shares.values()].reduce((sum, count) => sum + count, this.#state.openOrders);
  }

  stockOf(depth: Depth): number {
    return (this.#state.stock.get(depth) ?? 0) + (this.#shares.get(depth) ?? 0);
  }

  /** The BZZ above the floor; 0 if it is not known. */
  get funds(): bigint {
    const wallet = walletOf(this.report);
    return wallet === null ? 0n : wallet.bzz - this.#limits.policy.walletFloorBzz - this.#spent;
  }

  /** How many it can pay for. If the node does not show its wallet, Bee itself refuses. */
  affordable({ cost }: Need, wanted: number): number {
    const wallet = walletOf(this.report);
    if (wallet === null) return wanted;
    if (wallet.xdai < this.#limits.policy.walletFloorXdai || wallet.xdai === 0n || this.funds < cost)
      return 0;
    const count = this.funds / cost;
    return count > BigInt(wanted) ? wanted : Number(count);
  }

  /** Gives this node at most `wanted` of the need. Returns how many it can pay for. */
  take(need: Need, wanted: number): number {
    const count = this.affordable(need, wanted);
    if (count === 0) return 0;
    this.#shares.set(need.depth, (this.#shares.get(need.depth) ?? 0) + count);
    this.#spent += need.cost * BigInt(count);
    return count;
  }
}

/** The best node for the next stamp; undefined if none can pay for it. */
const buyerOf = (need: Need, buyers: readonly Buyer[]): Buyer | undefined =>
  buyers.filter((buyer) => buyer.affordable(need, 1) > 0).toSorted((a, b) => compare(need, a, b))[0];

function compare({ depth }: Need, a: Buyer, b: Buyer): number {
  return (
    Number(a.report.canaryFailed) - Number(b.report.canaryFailed) ||
    Number(isLagging(a.report)) - Number(isLagging(b.report)) ||
    a.load - b.load ||
    a.stockOf(depth) - b.stockOf(depth) ||
    compareAmounts(b.funds, a.funds) ||
    (a.node < b.node ? -1 : 1)
  );
}

const walletOf = ({ observed }: Reported): Wallet | null => observed?.wallet ?? null;

const isLagging = ({ observed }: Reported): boolean => (observed?.lagBlocks ?? 0) >= LAGGING_BLOCKS;

const compareAmounts = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
