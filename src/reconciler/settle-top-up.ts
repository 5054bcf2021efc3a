import type { SeenStamp } from '../domain/observation.ts';
import type { AbandonedOrder, Order, SentOrder, UnknownOrder } from '../domain/order.ts';
import type { BatchId } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { listedValueOf, valueOf } from './batch-value.ts';
import type { SettleInput, Settlement } from './settlement.ts';

/** Finds the outcome of a top-up in what the node shows; null if nothing follows from it. Pure. */
export function settleTopUp(order: TopUp, input: SettleInput): Settlement | null {
  const { chain } = input.seen;
  const { id, batchId, cost, claim } = order;
  const shown = shownOf(order, input);
  if (shown === 'listed') {
    return {
      changes: [
        {
          change: 'orderConfirmed',
          id,
          batchId,
          txHash: claim?.txHash ?? null,
          atBlock: chain.block,
        },
        { change: 'stampPaidFor', batchId, cost },
      ],
      incidents: order.state === 'abandoned' ? [lateReport(order)] : [],
    };
  }
  if (shown === 'paid' && claim === null && order.state === 'unknown')
    return {
      changes: [{ change: 'orderAnswered', id, batchId, txHash: null, atBlock: chain.tip }],
      incidents: [],
    };
  return null;
}

type TopUp = (SentOrder | UnknownOrder | AbandonedOrder) & { readonly kind: 'topUp' };

const lateReport = ({ id, batchId }: TopUp): IncidentReport => ({
  code: 'TOP_UP_LATE',
  subject: id,
  detail: `Order ${id}, of batch ${batchId}.`,
});

/** A balance derived from batchTTL can be low by one second of rent plus one sync step between the two reads. */
const VALUE_TOLERANCE_PERCENT = 1n;
/** Bee's block time may differ from the setting, and with it the value of a time to live: a rise proves enough. */
const LISTED_RISE_PERCENT = 10n;

/**
 * `paid`: the balance of the batch has risen, but not its time to live in the list. The next plan decides on the list, where
 * the stamp is as due as before. `listed`: both have risen.
 */
function shownOf(order: TopUp, input: SettleInput): 'listed' | 'paid' | 'nothing' {
  const stamp = input.seen.stamps.get(order.batchId);
  if (stamp === undefined || !isPaid(order, stamp, input)) return 'nothing';
  // An abandoned order may be old. What the list shows today then proves nothing about it.
  return order.state === 'abandoned' || isListed(order, stamp, input) ? 'listed' : 'paid';
}

/**
 * Compares with the balance before the top-up. `amount` may be stale after a restart (docs/bee.md#stale-fields), so it
 * proves a payment only if it grew by exactly the order's own, beside other top-ups. An abandoned order may be old, and
 * other users may have paid since: then the balance, too, must have grown by exactly that.
 */
function isPaid(order: TopUp, stamp: SeenStamp, input: SettleInput): boolean {
  if (isGrowthOf(order, stamp.amount - order.before.amount, input)) return true;
  const value = valueOf(stamp, input.seen, input.blockTimeSeconds);
  if (value === null || order.before.value === null) return false;
  const grown = value - order.before.value;
  if (order.state === 'abandoned') return isGrowthOf(order, grown, input);
  const own = grown - shownSince(order, input) - shownLate(order, stamp, input);
  return own >= (order.amount * (100n - VALUE_TOLERANCE_PERCENT)) / 100n;
}

/** Whether it is the amount of the order alone, or together with other top-ups of the pool that may have been made since. */
const isGrowthOf = (order: TopUp, grown: bigint, input: SettleInput): boolean =>
  [0n, shownSince(order, input)].some((since) =>
    isSumOf(grown - since - order.amount, unsettledBeside(order, input)),
  );

/** What the node has shown of other top-ups of the batch since the order was planned. */
const shownSince = ({ batchId, plannedAtBlock }: TopUp, { stock }: SettleInput): bigint =>
  (stock.lastShown.topUps.get(batchId) ?? [])
    .filter(({ atBlock }) => atBlock > plannedAtBlock)
    .reduce((sum, { amount }) => sum + amount, 0n);

/** What this observation shows of abandoned top-ups. */
const shownLate = ({ batchId }: TopUp, stamp: SeenStamp, input: SettleInput): bigint =>
  input.stock.abandonedOrders
    .filter((other) => isTopUpOf(batchId, other) && isPaid(other, stamp, input))
    .reduce((sum, { amount }) => sum + amount, 0n);

/** The last ones: each further one doubles the number of sums. */
const MAX_UNSETTLED = 10;

const unsettledBeside = ({ id, batchId }: TopUp, { stock }: SettleInput): readonly bigint[] =>
  [...stock.abandonedOrders, ...stock.openOrders]
    .filter((other) => isTopUpOf(batchId, other) && other.id !== id)
    .map(({ amount }) => amount)
    .slice(-MAX_UNSETTLED);

const isTopUpOf = <Some extends Order>(
  batchId: BatchId,
  order: Some,
): order is Some & { readonly kind: 'topUp' } => order.kind === 'topUp' && order.batchId === batchId;

/** Whether `rest` is the sum of some of these amounts, or of none. */
const isSumOf = (rest: bigint, amounts: readonly bigint[]): boolean =>
  rest === 0n ||
  (rest > 0n && amounts.some((amount, index) => isSumOf(rest - amount, amounts.slice(index + 1))));

/** The listed time to live has risen. Each dilution since then halves what is left, including the top-up. */
function isListed(
  order: TopUp,
  stamp: SeenStamp,
  { seen: { chain }, blockTimeSeconds }: SettleInput,
): boolean {
  const listed = listedValueOf(stamp, chain, blockTimeSeconds);
  if (listed === null) return false;
  const before = order.before.listedValue ?? order.before.value;
  if (before === null) return true; // the list showed no time to live when the top-up was planned
  const dilutions = BigInt(Math.max(0, stamp.depth - order.depth));
  const left = (listed - chain.totalAmount) << dilutions;
  return left - (before - chain.totalAmount) >= (order.amount * LISTED_RISE_PERCENT) / 100n;
}
