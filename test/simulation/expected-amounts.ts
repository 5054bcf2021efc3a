import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';
import type { World } from './world.ts';

const BLOCK_SECONDS = 5n;
const HOUR_SECONDS = 3600n;
/** The contract accepts no batch for less than 24 hours. The service adds 5 %, because the price may rise before it is mined. */
const DEFAULT_MINIMUM_BLOCKS = 17_280;
const HEADROOM_PERCENT = 105n;
/** Each order adds up to a million PLUR, so that no two have the same amount. */
const MAX_NONCE_PLUR = 1_000_000n;
/** A purchase lasts up to 2.5 % longer, so that stamps bought together do not expire together. */
const JITTER_PER_MILLE = 25n;
/** Durations are rounded up to whole blocks, and fractions of a PLUR are dropped. */
const ROUNDING_BLOCKS = 2n;

/** Rule 6: an order pays for the duration of the settings, at the latest price that the node showed. */
export function checkAmount(
  { policy }: World,
  { kind, amount }: { readonly kind: 'purchase' | 'topUp'; readonly amount: bigint },
  { price, minimumValidityBlocks }: Observation,
): void {
  const [least, most] =
    kind === 'purchase'
      ? purchaseBlocks(BigInt(policy.defaultDurationSeconds))
      : topUpBlocks(BigInt(policy.topUpSeconds));
  const shortest = (BigInt(minimumValidityBlocks ?? DEFAULT_MINIMUM_BLOCKS) * HEADROOM_PERCENT) / 100n;
  const from = price * larger(least, shortest - ROUNDING_BLOCKS);
  const to = price * larger(most + ROUNDING_BLOCKS, shortest + ROUNDING_BLOCKS) + MAX_NONCE_PLUR;
  if (amount <= from || amount > to)
    throw new Violation(
      6,
      `the amount of a ${kind} is ${amount} at a price of ${price}, which is not between ${from} and ${to}`,
    );
}

/** The most that a purchase for the duration of the settings costs per chunk, whatever least duration the node states. */
export function mostPerChunk({ defaultDurationSeconds }: World['policy'], price: bigint): bigint {
  const [, most] = purchaseBlocks(BigInt(defaultDurationSeconds));
  const shortest = (BigInt(DEFAULT_MINIMUM_BLOCKS) * HEADROOM_PERCENT) / 100n;
  return price * (larger(most, shortest) + ROUNDING_BLOCKS) + MAX_NONCE_PLUR;
}

const purchaseBlocks = (seconds: bigint): readonly [least: bigint, most: bigint] => [
  (seconds + HOUR_SECONDS) / BLOCK_SECONDS,
  (seconds + (seconds * JITTER_PER_MILLE) / 1000n + HOUR_SECONDS) / BLOCK_SECONDS,
];

const topUpBlocks = (seconds: bigint): readonly [least: bigint, most: bigint] => [
  seconds / BLOCK_SECONDS,
  seconds / BLOCK_SECONDS,
];

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
