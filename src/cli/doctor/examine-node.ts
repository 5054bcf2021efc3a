import { asSentence } from '../../domain/plain-text.ts';
import { formatBzz, formatXdai } from '../../domain/units.ts';
import { shortMoney } from '../text/money.ts';
import { type NodeFacts, reserveCost, type TargetCost } from './node-facts.ts';
import { fine, found, type Result, stopped } from './result.ts';

/**
 * What an observation means for the pool. A node that lags or syncs is an error here: nothing is bought meanwhile, and a
 * person who asks should know. `xdaiFloor`: what must stay in the wallet.
 */
export function examineNode(
  facts: NodeFacts,
  { xdaiFloor }: { readonly xdaiFloor: bigint },
): readonly Result[] {
  const { name, fault, seenAddress } = facts;
  if (fault !== null)
    return [stopped('bee', fault.code, asSentence(`${name}: ${fault.reason}`)), ...examineVersion(facts)];
  const owner = seenAddress === null ? '' : ` as ${seenAddress}`;
  const state = `${name} answers${owner}, at block ${facts.block}, ${facts.lagBlocks} behind the chain.`;
  return [
    fine('bee', 'NODE', state),
    ...examineVersion(facts),
    ...examinePrice(facts),
    ...examineWallet(facts, xdaiFloor),
  ];
}

const MIN_VERSION = [2, 7] as const;

function examineVersion({ name, version }: NodeFacts): readonly Result[] {
  if (version === null) return [];
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})/.exec(version) ?? [];
  if (major === undefined || minor === undefined || !isOlder(Number(major), Number(minor)))
    return [fine('bee', 'BEE_VERSION', `${name} runs Bee ${version}.`)];
  return [
    found('bee', {
      severity: 'warning',
      code: 'BEE_VERSION',
      message: `${name} runs Bee ${version}, which is older than ${MIN_VERSION.join('.')}.`,
      suggestion: 'Upgrade Bee. The pool is tested with 2.7 and later.',
    }),
  ];
}

const isOlder = (major: number, minor: number): boolean =>
  major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]);

function examinePrice({ name, price, targets }: NodeFacts): readonly Result[] {
  if (price === null || price === 0n)
    return [stopped('bee', 'PRICE_UNKNOWN', `${name} shows ${price ?? 'none'}.`)];
  if (targets === null || targets.length === 0) return [];
  const parts = targets.map(
    ({ depth, count, cost }) => `${count} of depth ${depth} at ${shortMoney(formatBzz(cost))}`,
  );
  return [
    fine(
      'bee',
      'TARGET_COST',
      `A full reserve costs ${shortMoney(formatBzz(reserveCost(targets)))}: ${parts.join(', ')} (price ${price} PLUR).`,
    ),
  ];
}

function examineWallet({ name, wallet, targets }: NodeFacts, xdaiFloor: bigint): readonly Result[] {
  if (wallet === null) return [NO_WALLET];
  const shown = `The wallet of ${name} has ${shortMoney(formatBzz(wallet.bzz))} and ${shortMoney(formatXdai(wallet.xdai))}.`;
  const problems = [
    ...(wallet.xdai <= xdaiFloor
      ? [stopped('bee', 'WALLET_XDAI', `${shown} ${shortMoney(formatXdai(xdaiFloor))} must stay in it.`)]
      : []),
    ...examineFunds(shown, wallet.bzz, targets ?? []),
  ];
  return problems.length > 0 ? problems : [fine('bee', 'WALLET', shown)];
}

function examineFunds(shown: string, bzz: bigint, targets: readonly TargetCost[]): readonly Result[] {
  const [largest] = targets.toSorted((a, b) => b.depth - a.depth);
  if (largest === undefined) return bzz === 0n ? [stopped('bee', 'WALLET_BZZ', shown)] : [];
  if (bzz < largest.cost) {
    const needed = `A stamp of depth ${largest.depth} costs ${shortMoney(formatBzz(largest.cost))}.`;
    return [stopped('bee', 'WALLET_BZZ', `${shown} ${needed}`)];
  }
  const full = reserveCost(targets);
  if (bzz >= full) return [];
  return [
    found('bee', {
      severity: 'warning',
      code: 'WALLET_LOW',
      message: `${shown} A full reserve costs ${shortMoney(formatBzz(full))}.`,
      suggestion: 'Send BZZ to the wallet of the node.',
    }),
  ];
}

const NO_WALLET = found('bee', {
  severity: 'info',
  code: 'WALLET_UNKNOWN',
  message: 'The balances of the wallet are not shown, so they are not examined.',
  suggestion:
    'Use a token with the scope maintain. If the node itself does not show its wallet, see docs/bee.md#wallet.',
});
