import type { ChainState, Wallet } from '../domain/observation.ts';
import type { Policy } from '../domain/policy.ts';
import { SIZE_DEPTHS } from '../domain/size.ts';
import { costOf, type Depth, type Plur, plur } from '../domain/units.ts';

/** Chance, given: no decision draws its own. */
export interface Luck {
  /** From 0 to 1, 1 excluded: spreads out what was bought together. */
  readonly spread: number;
  /** From 1 to 1,000,000 PLUR: makes the amount of an order its own. */
  readonly tag: bigint;
}

export const MAX_TAG = 1_000_000;
const HOUR_SECONDS = 3600;
/** What was bought together shall not fall due together. */
const MAX_SPREAD = 0.025;
/** The contract's figure; 24 hours at 5 s blocks (docs/bee.md#contract). */
const DEFAULT_MINIMUM_VALIDITY_BLOCKS = 17_280;
/** The price may rise between Bee's check and the block that mines the purchase; then it reverts and gas is lost. */
const PRICE_HEADROOM_PERCENT = 105n;

const blocksFor = (seconds: number, policy: Policy): bigint =>
  BigInt(Math.ceil(seconds / policy.blockTimeSeconds));

/** The least that the contract takes at this price, with headroom. */
const leastAmount = ({ price, minimumValidityBlocks }: ChainState): bigint =>
  (price * BigInt(minimumValidityBlocks ?? DEFAULT_MINIMUM_VALIDITY_BLOCKS) * PRICE_HEADROOM_PERCENT) / 100n +
  1n;

const atLeast = (least: bigint, amount: bigint): bigint => (amount < least ? least : amount);

/** PLUR per chunk for the default duration plus one hour plus up to 2.5 %, and the order's own tag. */
export function purchaseAmount(policy: Policy, chain: ChainState, luck: Luck): Plur {
  const seconds = policy.defaultDurationSeconds * (1 + MAX_SPREAD * luck.spread) + HOUR_SECONDS;
  return plur(atLeast(leastAmount(chain), chain.price * blocksFor(seconds, policy)) + luck.tag);
}

/** PLUR per chunk for the configured hours, and the order's own tag. */
export const topUpAmount = (policy: Policy, chain: ChainState, luck: Luck): Plur =>
  plur(atLeast(leastAmount(chain), chain.price * blocksFor(policy.topUpSeconds, policy)) + luck.tag);

/** What filling these targets from nothing costs. */
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
 * Rule 6. What may be ordered within 24 hours: what the operator set, else ten times what filling all targets costs.
 * A typing mistake in the targets raises that figure along with the spending, so by default it never exceeds a quarter
 * of what the wallet held a day ago, nor, where that is less, ten fillings of the default targets
 * (docs/decisions/0004-default-daily-limit.md).
 */
export function dailyLimit(
  policy: Policy,
  {
    chain,
    wallet,
    spentLastDay,
  }: { readonly chain: ChainState; readonly wallet: Wallet | null; readonly spentLastDay: Plur },
): Plur {
  if (policy.maxSpendPerDay !== null) return policy.maxSpendPerDay;
  const amount = purchaseAmount(policy, chain, { spread: 1, tag: BigInt(MAX_TAG) });
  const wanted = costOfTargets(policy.targets, amount) * REFILLS_PER_DAY;
  const modest = costOfTargets(DEFAULT_TARGETS, amount) * REFILLS_PER_DAY;
  const share = wallet === null ? 0n : (wallet.bzz + spentLastDay) / WALLET_SHARE;
  const cap = atLeast(modest, share);
  return plur(wanted < cap ? wanted : cap);
}
