import { HOUR_SECONDS, isWithinDay } from '../domain/durations.ts';
import type { SeenCanary } from '../domain/maintenance-run.ts';
import type { FreshObservation, SeenStamp } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import { CANARY_DEPTH } from '../domain/size.ts';
import { costOf } from '../domain/units.ts';
import type { Canary } from '../store/canary-store.ts';
import type { Candidate } from './order-candidates.ts';
import type { FreshPlanInput, KnownCanaries } from './plan-input.ts';
import { expiryOf, LOST_BLOCKS } from './settle-stamp.ts';
import { purchaseAmount } from './spending.ts';

/** After every need of the reserve. */
const CANARY_RANK = 5;
/** A purchase takes minutes. It may have to wait for a limit or for other operations. */
const RENEW_SECONDS = 6 * HOUR_SECONDS;

/** The purchase of a canary, if the node has none or its time to live ends. A canary is replaced, never topped up. Pure. */
export function canaryCandidates(input: FreshPlanInput, policy: Policy, now: Date): readonly Candidate[] {
  const reason = policy.canaryIntervalSeconds === null ? null : whyWanted(input, policy, now);
  if (reason === null) return [];
  const amount = purchaseAmount(policy, input.seen.chain, input.variation);
  const cost = costOf(amount, CANARY_DEPTH);
  const action = { do: 'buy', purpose: 'canary', depth: CANARY_DEPTH, amount, cost, reason } as const;
  return [{ rank: CANARY_RANK, remaining: 0, action }];
}

function whyWanted(input: FreshPlanInput, policy: Policy, now: Date): string | null {
  const { seen, stock, canaries } = input;
  const isOnOrder = stock.openOrders.some((order) => order.kind === 'purchase' && order.purpose === 'canary');
  if (isOnOrder || wasBoughtWithinDay(canaries, seen, policy)) return null;
  if (canaries.bought.length === 0) return 'canary: the node has none';
  const [longestLived] = shownOf(canaries.bought, seen);
  if (longestLived === undefined) {
    const since = canaries.missingSinceBlock;
    if (since === null || seen.chain.block - since < LOST_BLOCKS) return null;
    return `canary: the node has not shown any since block ${since}`;
  }
  const expiresAt = expiryOf(longestLived, seen, policy.blockTimeSeconds);
  if (expiresAt === null) return null;
  const seconds = Math.floor((expiresAt.getTime() - now.getTime()) / 1000);
  return seconds < RENEW_SECONDS ? `canary: ${seconds} s to live < ${RENEW_SECONDS} s` : null;
}

/** Whatever the node shows, at most one canary a day is paid for. */
function wasBoughtWithinDay(
  { bought }: KnownCanaries,
  { chain }: FreshObservation,
  { blockTimeSeconds }: Policy,
): boolean {
  const [newest] = bought;
  return newest !== undefined && isWithinDay(newest.plannedAtBlock, { block: chain.block, blockTimeSeconds });
}

/** The canary that uploads are made with; null if the node shows none. Pure. */
export function seenCanary(
  bought: readonly Canary[],
  seen: FreshObservation,
  { blockTimeSeconds }: Pick<Policy, 'blockTimeSeconds'>,
): SeenCanary | null {
  const shown = shownOf(bought, seen);
  const canary = shown.find(({ usable }) => usable) ?? shown[0]; // a new one is listed some blocks before it is usable
  if (canary === undefined) return null;
  const { batchId, usable } = canary;
  return { batchId, usable, expiresAt: expiryOf(canary, seen, blockTimeSeconds) };
}

/** `missingSinceBlock` after an observation. Pure. */
export const missingSince = (
  { bought, missingSinceBlock }: KnownCanaries,
  seen: FreshObservation,
): number | null =>
  bought.length === 0 || shownOf(bought, seen).length > 0 ? null : (missingSinceBlock ?? seen.chain.block);

/** The longest-lived first. */
function shownOf(bought: readonly Canary[], seen: FreshObservation): readonly SeenStamp[] {
  return bought
    .flatMap(({ batchId }) => seen.stamps.get(batchId) ?? [])
    .toSorted((a, b) => (b.ttlSeconds ?? 0) - (a.ttlSeconds ?? 0));
}
