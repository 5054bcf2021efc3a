import type { SeenStamp } from '../domain/observation.ts';
import type { AbandonedOrder, SentOrder, UnknownOrder } from '../domain/order.ts';
import { listedValueOf, valueOf } from './batch-value.ts';
import type { Evidence } from './evidence.ts';

type TopUp = (SentOrder | UnknownOrder | AbandonedOrder) & { readonly kind: 'topUp' };

/** A balance derived from batchTTL can be low by one second of rent plus one sync step between the two reads. */
const VALUE_TOLERANCE_PERCENT = 1n;
/** The block time of Bee and ours may differ, and with it what a time to live is worth: a rise is looked for, no exact figure. */
const LISTED_RISE_PERCENT = 10n;

/**
 * What the node shows of a top-up. `paid`: its balance has it, and the time to live in the list, which the next plan
 * decides on, has not: the stamp looks as due as before. Pure.
 */
export function sightOfTopUp(order: TopUp, evidence: Evidence): 'shown' | 'paid' | 'unseen' {
  const stamp = evidence.seen.stamps.find(({ batchId }) => batchId === order.batchId);
  if (stamp === undefined || !isPaid(order, stamp, evidence)) return 'unseen';
  // One that was given up is of long ago: what the list says of now tells nothing of it.
  return order.state === 'abandoned' || isListed(order, stamp, evidence) ? 'shown' : 'paid';
}

/**
 * Compares with what was there before. `amount` may be stale after a restart (docs/bee.md#stale-fields), so it must have
 * grown by exactly the order's own. An order that was given up may have been long ago: since then others may have paid,
 * so that by its balance it is known only when that is exact.
 */
function isPaid(order: TopUp, stamp: SeenStamp, { seen, blockTimeSeconds }: Evidence): boolean {
  if (stamp.amount - order.before.amount === order.amount) return true;
  const value = valueOf(stamp, seen, blockTimeSeconds);
  if (value === null || order.before.value === null) return false;
  const grown = value - order.before.value;
  return order.state === 'abandoned'
    ? grown === order.amount
    : grown >= (order.amount * (100n - VALUE_TOLERANCE_PERCENT)) / 100n;
}

/** The time to live in the list has risen. Each dilution since halves what is left, the top-up included. */
function isListed(order: TopUp, stamp: SeenStamp, { seen: { chain }, blockTimeSeconds }: Evidence): boolean {
  const listed = listedValueOf(stamp, chain, blockTimeSeconds);
  if (listed === null) return false;
  const before = order.before.listedValue ?? order.before.value;
  if (before === null) return true; // it showed none when the top-up was planned
  const dilutions = BigInt(Math.max(0, stamp.depth - order.depth));
  const left = (listed - chain.totalAmount) << dilutions;
  return left - (before - chain.totalAmount) >= (order.amount * LISTED_RISE_PERCENT) / 100n;
}
