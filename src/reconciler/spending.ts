import type { ChainState } from '../domain/observation.ts';
import { type Policy, purchasedSeconds } from '../domain/policy.ts';
import { CANARY_DEPTH, SIZE_DEPTHS } from '../domain/size.ts';
import { costOf, type Depth, type Plur, plur } from '../domain/units.ts';

/** PLUR per chunk for the least duration plus up to 2.5 % of the default one, plus the nonce. */
export function purchaseAmount(policy: Policy, chain: ChainState, variation: OrderVariation): Plur {
  const jitterSeconds = policy.defaultDurationSeconds * MAX_TTL_JITTER * variation.ttlJitter;
  const seconds = purchasedSeconds(policy) + jitterSeconds;
  return plur(atLeast(minAmount(chain), chain.price * blocksFor(seconds, policy)) + variation.amountNonce);
}

/** PLUR per chunk for the configured hours, plus the nonce. */
export const topUpAmount = (policy: Policy, chain: ChainState, variation: OrderVariation): Plur =>
  plur(
    atLeast(minAmount(chain), chain.price * blocksFor(policy.topUpSeconds, policy)) + variation.amountNonce,
  );

/** The random part of an order, passed in so that decisions stay pure. */
export interface OrderVariation {
  /** From 0 to 1, 1 excluded. Spreads the expiry of stamps that are bought together. */
  readonly ttlJitter: number;
  /** From 1 to MAX_AMOUNT_NONCE PLUR. Makes the amount of an order unique. */
  readonly amountNonce: bigint;
}

export const MAX_AMOUNT_NONCE = 1_000_000;
/** The largest share that is added to the duration of a purchase. */
const MAX_TTL_JITTER = 0.025;
/** The contract's value: 24 hours at 5 s blocks (docs/bee.md#contract). */
const DEFAULT_MINIMUM_VALIDITY_BLOCKS = 17_280;
/** If the price rises between Bee's check and the block that mines the purchase, it reverts, and its gas is lost. */
const PRICE_HEADROOM_PERCENT = 105n;

const blocksFor = (seconds: number, policy: Policy): bigint =>
  BigInt(Math.ceil(seconds / policy.blockTimeSeconds));

/** The smallest amount that the contract accepts at this price, with headroom. */
const minAmount = ({ price, minimumValidityBlocks }: ChainState): bigint =>
  (price * BigInt(minimumValidityBlocks ?? DEFAULT_MINIMUM_VALIDITY_BLOCKS) * PRICE_HEADROOM_PERCENT) / 100n +
  1n;

const atLeast = (min: bigint, amount: bigint): bigint => (amount < min ? min : amount);

/** The cost of filling these targets from empty. */
export function costOfTargets(targets: Iterable<readonly [Depth, number]>, amount: Plur): Plur {
  let sum = 0n;
  for (const [depth, count] of targets) sum += costOf(amount, depth) * BigInt(count);
  return plur(sum);
}

const DEFAULT_TARGETS: readonly (readonly [Depth, number])[] = [
  [SIZE_DEPTHS.small, 1],
  [SIZE_DEPTHS.medium, 1],
];
const REFILLS_PER_DAY = 10n;
const WALLET_SHARE = 4n;

/**
 * How much may be ordered within 24 hours (promise 6): the setting, else ten times the cost of filling all targets. A typing
 * mistake in the targets raises that figure too. So the default never exceeds a quarter of what the wallets held a day ago,
 * or ten fillings of the default targets if that is more (docs/decisions/0004-default-daily-limit.md).
 */
export function dailyLimit(
  policy: Policy,
  {
    chain,
    walletBzz,
    spentLastDay,
  }: {
    readonly chain: ChainState;
    /** Of all nodes; null if unknown. */
    readonly walletBzz: Plur | null;
    readonly spentLastDay: Plur;
  },
): Plur {
  if (policy.maxSpendPerDay !== null) return policy.maxSpendPerDay;
  const expected = { ...chain, minimumValidityBlocks: null }; // a node that states another one must not raise the limit
  const amount = purchaseAmount(policy, expected, {
    ttlJitter: 1,
    amountNonce: BigInt(MAX_AMOUNT_NONCE),
  });
  const canary = policy.canaryIntervalSeconds === null ? 0n : costOf(amount, CANARY_DEPTH);
  const configured = (costOfTargets(policy.targets, amount) + canary) * REFILLS_PER_DAY;
  const usual = costOfTargets(DEFAULT_TARGETS, amount) * REFILLS_PER_DAY;
  const share = walletBzz === null ? 0n : (walletBzz + spentLastDay) / WALLET_SHARE;
  const cap = atLeast(usual, share);
  return plur(configured < cap ? configured : cap);
}
