import type { Action, Hold, HoldCode } from '../domain/action.ts';
import type { Spending } from '../domain/maintenance-run.ts';
import { claimOf } from '../domain/order.ts';
import type { Policy } from '../domain/policy.ts';
import { describeWithheld, reserveOf } from '../domain/reserve.ts';
import type { AvailableStamp } from '../domain/stamp.ts';
import { formatBzz, plur } from '../domain/units.ts';
import { adopt, describeNotAdopted } from './adopt.ts';
import type { FreshKnown, Known } from './known.ts';
import { type Need, purchases, topUps } from './order-candidates.ts';
import { LOST_BLOCKS } from './settle-stamp.ts';
import { costOfTargets, dailyLimit, purchaseAmount } from './spending.ts';
import { type Gate, isNotShown, openGate } from './spending-limits.ts';
import { purchaseHoldBlocks } from './waits.ts';

export interface Plan {
  readonly actions: readonly Action[];
  /** null while the price is not known. */
  readonly spending: Spending | null;
}

/** Pure: no clock, no network, no store. Rule 5: on stale knowledge the plan is to hold, whatever the stock. */
export function plan(known: Known, policy: Policy, now: Date): Plan {
  const { node } = known;
  if (node.is === 'stale')
    return { actions: [hold(node.code, `no fresh observation: ${node.why}`)], spending: null };
  const fresh = { ...known, seen: node.seen };
  if (node.seen.chain.price === 0n) {
    return {
      actions: [...expire(fresh, policy, now), hold('PRICE_UNKNOWN', 'the node knows no price yet')],
      spending: null,
    };
  }
  const adopted = adopt(fresh, policy, now);
  const needs = [...topUps(fresh, policy, now), ...purchases(fresh, policy, { now, adopted })];
  const spending = spendingOf(fresh, policy, needs);
  const actions = [
    ...expire(fresh, policy, now),
    ...adopted,
    ...notShown(fresh, policy),
    ...firstOf(needs, openGate({ ...fresh, limit: spending.dailyLimit, policy })),
  ];
  const notAdopted = describeNotAdopted(fresh, policy, { now, adopted });
  return {
    actions: [
      ...(actions.length > 0 ? actions : [hold('NOTHING_TO_DO', nothingToDo(fresh, policy, now))]),
      ...(notAdopted ? [notAdopted] : []),
    ],
    spending,
  };
}

/** What is on order or withheld may be all there is: then "every target is met" is not the whole story. */
function nothingToDo({ stock }: FreshKnown, policy: Policy, now: Date): string {
  const withheld = reserveOf(stock, policy, now).depths.filter((level) => level.withheld.length > 0);
  const words = withheld.map((level) => `${describeWithheld(level.withheld)} of depth ${level.depth}`);
  const met = 'every target is met, counting what is on order';
  return words.length === 0 ? met : `${met}; withheld: ${words.join('; ')}`;
}

const hold = (code: HoldCode, reason: string): Hold => ({
  do: 'hold',
  code,
  depth: null,
  cost: null,
  reason,
});

/** What is on order and does not appear is a reason of its own, also where its depth lacks nothing else. */
const notShown = ({ stock, seen }: FreshKnown, { blockTimeSeconds }: Policy): readonly Hold[] =>
  stock.openOrders
    .filter((order) => isNotShown(order, seen.chain))
    .map((order): Hold => {
      const atBlock = claimOf(order)?.atBlock ?? 0;
      const what = `order ${order.id} is made, as Bee answered at block ${atBlock}, and the node does not show it`;
      return order.kind === 'purchase'
        ? {
            ...hold(
              'PURCHASE_NOT_SHOWN',
              `${what}: nothing more is bought before block ${atBlock + purchaseHoldBlocks(stock, blockTimeSeconds)}, unless it appears`,
            ),
            depth: order.depth,
          }
        : {
            ...hold(
              'TOP_UP_NOT_SHOWN',
              `${what}: nothing more is paid for batch ${order.batchId} until then`,
            ),
            depth: order.depth,
          };
    });

/** One operation at a time per node: the first need that may pass is acted on, the others say what they wait for. */
function firstOf(needs: readonly Need[], gate: Gate): readonly Action[] {
  let chosen: Need | null = null;
  return needs
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap((need): Action[] => {
      const { action } = need;
      const held = gate(action);
      if (held !== null)
        return [
          {
            do: 'hold',
            ...held,
            depth: action.depth,
            cost: action.cost,
            reason: `${action.reason}: ${held.reason}`,
          },
        ];
      if (chosen === null) {
        chosen = need;
        return need.more === 0 ? [action] : [action, waiting(need, need.more)];
      }
      return [waiting(need, need.more + 1)];
    });
}

const waiting = ({ action }: Need, count: number): Hold => ({
  do: 'hold',
  code: 'BUSY',
  depth: action.depth,
  cost: plur(action.cost * BigInt(count)),
  reason: `${action.reason}: ${count} more after the operation before it, one at a time`,
});

/**
 * Over by the clock, and the node has not shown it for so long that it would be lost otherwise. Less is not enough: an
 * end is final, and with a machine's clock set wrong a node that is slow to show its stamps would end what has days to live.
 */
const expire = (known: FreshKnown, policy: Policy, now: Date): readonly Action[] => {
  const { stock, seen } = known;
  return stock.stamps
    .filter((stamp) => stamp.state === 'available')
    .filter(
      ({ expiresAt, missingSinceBlock: since }) =>
        expiresAt <= now && since !== null && seen.chain.block - since >= LOST_BLOCKS,
    )
    .filter((stamp) => !mayLiveOn(stamp, known, { policy, now }))
    .map(({ batchId, depth, expiresAt }) => ({
      do: 'expire',
      batchId,
      depth,
      reason: `expired at ${expiresAt.toISOString()}, and the node shows it no longer`,
    }));
};

/** A top-up of it is not settled: a node that has not read it deletes a batch that lives on, and shows it again after a resync. */
const mayLiveOn = (
  { batchId, expiresAt }: AvailableStamp,
  { stock, seen: { chain } }: FreshKnown,
  { policy, now }: { readonly policy: Policy; readonly now: Date },
): boolean =>
  stock.openOrders.some((order) => {
    if (order.kind !== 'topUp' || order.batchId !== batchId) return false;
    if (chain.price === 0n) return true;
    const addedMs = Number(order.amount / chain.price) * policy.blockTimeSeconds * 1000;
    return expiresAt.getTime() + addedMs > now.getTime();
  });

function spendingOf(
  { seen, spentLastDay, luck }: FreshKnown,
  policy: Policy,
  needs: readonly Need[],
): Spending {
  const amount = purchaseAmount(policy, seen.chain, luck);
  return {
    fullReserve: costOfTargets(policy.targets, amount),
    nextReplenishment: plur(
      needs.reduce((sum, { action, more }) => sum + action.cost * BigInt(more + 1), 0n),
    ),
    lastDay: spentLastDay,
    dailyLimit: dailyLimit(policy, { chain: seen.chain, wallet: seen.wallet, spentLastDay }),
  };
}

/** What a full reserve costs, in words for the log at start. */
export const describeSpending = ({ fullReserve, dailyLimit: limit }: Spending): string =>
  `a full reserve costs ${formatBzz(fullReserve)}; at most ${formatBzz(limit)} are spent per day`;
