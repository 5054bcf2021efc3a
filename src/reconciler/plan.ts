import type { Action, Hold, HoldCode } from '../domain/action.ts';
import type { Spending } from '../domain/maintenance-run.ts';
import type { Wallet } from '../domain/observation.ts';
import { claimOf } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { describeWithheld } from '../domain/reserve.ts';
import type { LiveStamp, OverdueStamp } from '../domain/stamp.ts';
import { type Depth, formatBzz, type Plur, plur } from '../domain/units.ts';
import { adopt, describeNotAdopted } from './adopt.ts';
import { type Allocation, isRecent } from './allocate.ts';
import { canaryCandidates } from './canary.ts';
import { purchaseHoldBlocks } from './cooldown.ts';
import { type Candidate, purchaseOf, purchases, topUps } from './order-candidates.ts';
import type { FreshPlanInput, PlanInput, PoolView } from './plan-input.ts';
import { allocateNeeds, levelsOf, type PoolNeed, poolNeeds } from './pool-needs.ts';
import { LOST_BLOCKS } from './settle-stamp.ts';
import { costOfTargets, dailyLimit, purchaseAmount } from './spending.ts';
import {
  blockedBy,
  isNotShown,
  limitReached,
  purchasesBlocked,
  type SpendingInput,
} from './spending-limits.ts';

export interface Plan {
  readonly actions: readonly Action[];
  /** Why the node can start no purchase after that, whatever its cost; null if it can. */
  readonly blockedBy: HoldCode | null;
  /** null if the price is not known. */
  readonly spending: Spending | null;
}

/** The third step of a run: decides what to do, and what to hold. On stale knowledge it only holds (promise 5). Pure. */
export function plan(input: PlanInput, policy: Policy, now: Date): Plan {
  const { freshness } = input;
  if (freshness.is === 'stale')
    return {
      actions: [hold(freshness.code, `no fresh observation: ${freshness.reason}`)],
      blockedBy: freshness.code,
      spending: null,
    };
  const { seen } = freshness;
  const fresh = { ...input, seen };
  if (seen.chain.price === 0n) {
    return {
      actions: [...expire(fresh, policy, now), hold('PRICE_UNKNOWN', 'the node does not know the price yet')],
      blockedBy: 'PRICE_UNKNOWN',
      spending: null,
    };
  }
  if (policy.drainedNodes.has(seen.node)) return planDrained(fresh, policy, now);
  const adopted = adopt(fresh, policy, now);
  const needs = poolNeeds(fresh, policy, { now, adopted });
  const allocation = allocateNeeds(fresh, policy, needs);
  const candidates = [
    ...topUps(fresh, policy, now),
    ...purchases(seen.node, needs, allocation),
    ...canaryCandidates(fresh, policy, now),
  ];
  const spending = spendingOf(fresh, policy, candidates);
  const limits = { ...fresh, limit: spending.dailyLimit, policy };
  const decided = firstAllowed(candidates, limits);
  const actions = [
    ...expire(fresh, policy, now),
    ...adopted,
    ...notShown(fresh, policy),
    ...decided,
    ...boughtElsewhere(limits, { needs, allocation }),
  ];
  const notAdopted = describeNotAdopted(fresh, policy, { now, adopted });
  return {
    actions: [
      ...(actions.length > 0 ? actions : [hold('NOTHING_TO_DO', nothingToDo(fresh, policy))]),
      ...(notAdopted ? [notAdopted] : []),
    ],
    blockedBy: decided.some((action) => action.do !== 'hold')
      ? 'BUSY'
      : (purchasesBlocked(fresh, policy)?.code ?? null),
    spending,
  };
}

/** A drained node buys and tops up nothing, and adopts nothing. What it owns is still settled, and expires. */
function planDrained(input: FreshPlanInput, policy: Policy, now: Date): Plan {
  const reason = 'STAMP_POOL_NODE_DRAIN names the node: it buys and tops up nothing';
  return {
    actions: [...expire(input, policy, now), ...notShown(input, policy), hold('NODE_DRAINED', reason)],
    blockedBy: 'NODE_DRAINED',
    spending: spendingOf(input, policy, []),
  };
}

/** What the pool lacks and other nodes buy. If this node could not buy it anyway, the reason is shown. A limit of the pool stops all nodes. */
const boughtElsewhere = (
  input: SpendingInput & FreshPlanInput,
  { needs, allocation }: { readonly needs: readonly PoolNeed[]; readonly allocation: Allocation },
): readonly Hold[] => {
  const own = [...(allocation.parts.get(input.seen.node) ?? []), ...allocation.unallocated];
  return needs
    .filter((need) => !own.some(({ depth }) => depth === need.depth))
    .map((need): Hold => {
      const held = (code: HoldCode, reason: string): Hold =>
        hold(code, `${need.reason}: ${reason}`, need.depth);
      const purchase = purchaseOf(need);
      const limited = limitReached(purchase.cost, input);
      if (limited) return held(limited.code, limited.reason);
      const buyers = [...allocation.parts].filter(([, part]) =>
        part.some(({ depth }) => depth === need.depth),
      );
      const elsewhere = `node ${buyers.map(([node]) => node).join(', ')} buys it`;
      const blocked = blockedBy(purchase, input);
      return blocked ? held(blocked.code, `${blocked.reason}; ${elsewhere}`) : held('OTHER_NODE', elsewhere);
    });
};

/** A target may be met by stock that is withheld: the reason says so. */
function nothingToDo(input: FreshPlanInput, policy: Policy): string {
  const withheld = levelsOf(input, policy)
    .filter((level) => level.withheld.length > 0)
    .map((level) => `${describeWithheld(level.withheld)} of depth ${level.depth}`);
  const met = 'every target is met, counting what is on order';
  return withheld.length === 0 ? met : `${met}; withheld: ${withheld.join('; ')}`;
}

const hold = (code: HoldCode, reason: string, depth: Depth | null = null): Hold => ({
  do: 'hold',
  code,
  depth,
  cost: null,
  reason,
});

/** An order that is claimed and not shown is held visibly, even if its depth needs nothing else. */
const notShown = ({ stock, seen }: FreshPlanInput, { blockTimeSeconds }: Policy): readonly Hold[] =>
  stock.openOrders
    .filter((order) => isNotShown(order, seen.chain))
    .map((order): Hold => {
      const atBlock = claimOf(order)?.atBlock ?? 0;
      const [code, consequence] =
        order.kind === 'purchase'
          ? ([
              'PURCHASE_NOT_SHOWN',
              `no purchase is made before block ${atBlock + purchaseHoldBlocks(stock, blockTimeSeconds)}`,
            ] as const)
          : (['TOP_UP_NOT_SHOWN', `batch ${order.batchId} is not topped up again`] as const);
      const reason = `Bee answered at block ${atBlock} that order ${order.id} was mined, and the node does not show it: until it does, ${consequence}`;
      return hold(code, reason, order.depth);
    });

/** A node does one operation at a time: the first candidate that nothing blocks is acted on, the others are held. */
function firstAllowed(candidates: readonly Candidate[], input: SpendingInput): readonly Action[] {
  let first: Candidate | null = null;
  return candidates
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap((candidate): Action[] => {
      const { action, remaining } = candidate;
      const blocked = blockedBy(action, input);
      if (blocked !== null) return [held(action, blocked)];
      if (first !== null) return [queued(candidate, remaining + 1)];
      first = candidate;
      const now = isRead(action, input) ? action : held(action, READ_FIRST);
      return remaining === 0 ? [now] : [now, queued(candidate, remaining)];
    });
}

/** Whether the depth on the chain of the batch to top up was read, if the node shows it: Bee charges by it (docs/bee.md#stale-fields). */
const isRead = (action: Candidate['action'], { seen }: SpendingInput): boolean =>
  action.do === 'buy' || seen.batches.has(action.batchId);

/** The batch is due by what this observation has shown first. It keeps its turn, and the next run reads it. */
const READ_FIRST = {
  code: 'BUSY',
  reason: 'the depth of the batch on the chain is read first, in the next run',
} as const;

const held = (
  { depth, cost, reason }: Candidate['action'],
  blocked: Pick<Hold, 'code' | 'reason'>,
): Hold => ({ do: 'hold', code: blocked.code, depth, cost, reason: `${reason}: ${blocked.reason}` });

const queued = ({ action }: Candidate, count: number): Hold => ({
  do: 'hold',
  code: 'BUSY',
  depth: action.depth,
  cost: plur(action.cost * BigInt(count)),
  reason: `${action.reason}: ${count} more after the current operation, one at a time`,
});

/**
 * Expires stamps whose time is over and that the node has not shown for as long as a lost stamp. Time alone is not enough:
 * expiry is final, and if the machine's clock is wrong, a stamp that the node is slow to show may have days to live.
 */
const expire = (input: FreshPlanInput, policy: Policy, now: Date): readonly Action[] => {
  const { expired, seen } = input;
  return expired
    .filter((stamp) => isExpired(stamp, { block: seen.chain.block, now }))
    .filter((stamp) => !mayLiveOn(stamp, input, { policy, now }))
    .map(({ batchId, depth, expiresAt }) => ({
      do: 'expire',
      batchId,
      depth,
      reason: `expired at ${expiresAt.toISOString()}, and the node no longer shows it`,
    }));
};

/** Whether the time of a stamp is over, and the node has not shown it for as long as a lost one. Pure. */
export const isExpired = (
  stamp: LiveStamp,
  { block, now }: { readonly block: number; readonly now: Date },
): stamp is OverdueStamp => {
  const { expiresAt, missingSinceBlock: since } = stamp;
  return expiresAt !== null && expiresAt <= now && since !== null && block - since >= LOST_BLOCKS;
};

/** A top-up is not settled. A node that has not read it deletes the batch, and shows it again after a resync. */
const mayLiveOn = (
  { batchId, expiresAt }: OverdueStamp,
  { stock, seen: { chain } }: FreshPlanInput,
  { policy, now }: { readonly policy: Policy; readonly now: Date },
): boolean =>
  stock.openOrders.some((order) => {
    if (order.kind !== 'topUp' || order.batchId !== batchId) return false;
    if (chain.price === 0n) return true;
    const addedMs = Number(order.amount / chain.price) * policy.blockTimeSeconds * 1000;
    return expiresAt.getTime() + addedMs > now.getTime();
  });

function spendingOf(
  { seen, pool, wallClock, variation }: FreshPlanInput,
  policy: Policy,
  candidates: readonly Candidate[],
): Spending {
  const amount = purchaseAmount(policy, seen.chain, variation);
  return {
    fullReserve: costOfTargets(policy.targets, amount),
    nextReplenishment: plur(
      candidates.reduce((sum, { action, remaining }) => sum + action.cost * BigInt(remaining + 1), 0n),
    ),
    lastDay: pool.spentLastDay,
    dailyLimit: dailyLimit(policy, {
      chain: seen.chain,
      walletBzz: bzzOf([seen.wallet, ...otherWallets(pool.reports, { policy, now: wallClock })]),
      spentLastDay: pool.spentLastDay,
    }),
  };
}

/** Of the nodes that were observed lately. */
const otherWallets = (
  reports: PoolView['reports'],
  limits: { readonly policy: Policy; readonly now: Date },
): readonly (Wallet | null)[] =>
  reports.flatMap((report) =>
    report.fresh && isRecent(report, limits) ? (report.observed?.wallet ?? null) : null,
  );

/** null if no wallet is known. */
function bzzOf(wallets: readonly (Wallet | null)[]): Plur | null {
  const known = wallets.flatMap((wallet) => wallet ?? []);
  return known.length === 0 ? null : plur(known.reduce((sum, { bzz }) => sum + bzz, 0n));
}

/** One line for the log. */
export const describeSpending = ({ fullReserve, dailyLimit: limit }: Spending): string =>
  `a full reserve costs ${formatBzz(fullReserve)}; at most ${formatBzz(limit)} are spent per day`;
