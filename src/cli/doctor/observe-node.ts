import { createBee } from '../../bee/http-bee.ts';
import { openTransport } from '../../bee/transport.ts';
import { systemClock } from '../../clock.ts';
import type { NodeConfig } from '../../config/nodes.ts';
import type { NodeRecord } from '../../domain/node.ts';
import { freshness, lagBlocks, type Observation } from '../../domain/observation.ts';
import type { Policy } from '../../domain/policy.ts';
import { costOf, formatBzz } from '../../domain/units.ts';
import { whyAnother } from '../../reconciler/identity.ts';
import { MAX_AMOUNT_NONCE, purchaseAmount } from '../../reconciler/spending.ts';
import { shortMoney } from '../text/money.ts';
import { examineNode } from './examine-node.ts';
import { type NodeFacts, reserveCost, type TargetCost } from './node-facts.ts';
import { found, type Result, stopped } from './result.ts';

/** The same as of the service. */
const OBSERVE_TIMEOUT_MS = 20_000;

/** Observes a node of the settings from here, as the service would. It only reads. */
export async function examineConfiguredNode(
  node: NodeConfig,
  { policy, records }: { readonly policy: Policy; readonly records: readonly NodeRecord[] },
): Promise<readonly Result[]> {
  await using transport = openTransport(node.apiUrl.reveal(), {
    headers: node.headers?.reveal() ?? {},
    certificates: node.certificates,
  });
  await using bee = createBee({
    node: node.name,
    send: transport.send,
    clock: systemClock,
    observeTimeoutMs: OBSERVE_TIMEOUT_MS,
  });
  const record = records.find(({ name }) => name === node.name);
  const others = records.filter(({ name }) => name !== node.name);
  const facts = factsOf({ ...(await bee.observe([])), at: systemClock.now() }, { record, others, policy });
  const results = examineNode(facts, { xdaiFloor: policy.walletFloorXdai });
  return facts.fault === null ? [...results, ...examineLimits(facts, policy)] : results;
}

function factsOf(
  seen: Observation,
  { record, others, policy }: RecordedNodes & { readonly policy: Policy },
): NodeFacts {
  const shared = { name: seen.node, fault: faultOf(seen, { record, others }) };
  if (seen.is === 'incomplete') {
    const seenAddress = seen.addresses[0] ?? null;
    return { ...shared, ...UNKNOWN, seenAddress };
  }
  const { chain, version, wallet, address } = seen;
  return {
    ...shared,
    seenAddress: address,
    version,
    block: chain.block,
    lagBlocks: lagBlocks(chain),
    price: chain.price,
    wallet,
    targets: targetsOf(policy, chain),
  };
}

interface RecordedNodes {
  readonly record: NodeRecord | undefined;
  readonly others: readonly NodeRecord[];
}

function faultOf(observation: Observation, { record, others }: RecordedNodes): NodeFacts['fault'] {
  const reason = whyAnother({ observation, record, others });
  if (reason !== null) return { code: 'NODE_CHANGED', reason };
  const fresh = freshness(observation);
  return fresh.is === 'fresh' ? null : { code: fresh.code, reason: fresh.reason };
}

const UNKNOWN = { version: null, block: null, lagBlocks: null, price: null, wallet: null, targets: null };

/** At the largest amount that the pool may choose. */
function targetsOf(policy: Policy, chain: Parameters<typeof purchaseAmount>[1]): readonly TargetCost[] {
  const amount = purchaseAmount(policy, chain, { ttlJitter: 1, amountNonce: BigInt(MAX_AMOUNT_NONCE) });
  return [...policy.targets].map(([depth, count]) => ({ depth, count, cost: costOf(amount, depth) }));
}

/** Limits of the operator that stop every purchase of some target. */
function examineLimits({ name, price, wallet, targets }: NodeFacts, policy: Policy): readonly Result[] {
  const { maxPrice, maxOrder, maxSpendPerDay, walletFloorBzz } = policy;
  if (targets === null || price === null) return [];
  const highestCost = targets.reduce((max, { cost }) => (cost > max ? cost : max), 0n);
  const cost = shortMoney(formatBzz(highestCost));
  const full = reserveCost(targets);
  return [
    ...(maxPrice !== null && price > maxPrice
      ? [stopped('bee', 'PRICE_TOO_HIGH', `It is ${price} at ${name}; the limit is ${maxPrice}.`)]
      : []),
    ...(maxOrder !== null && highestCost > maxOrder
      ? [stopped('bee', 'ORDER_ABOVE_LIMIT', `The most expensive target costs ${cost}.`)]
      : []),
    ...(wallet !== null && wallet.bzz >= highestCost && wallet.bzz - highestCost < walletFloorBzz
      ? [stopped('bee', 'WALLET_BZZ', `A purchase would leave less than STAMP_POOL_WALLET_FLOOR_BZZ.`)]
      : []),
    ...(maxSpendPerDay !== null && maxSpendPerDay < full ? [lowBudget(maxSpendPerDay, full)] : []),
  ];
}

const lowBudget = (limit: bigint, full: bigint): Result =>
  found('bee', {
    severity: 'warning',
    code: 'BUDGET',
    message: `STAMP_POOL_MAX_SPEND_BZZ_PER_DAY (${shortMoney(formatBzz(limit))}) is less than a full reserve costs (${shortMoney(formatBzz(full))}).`,
    suggestion: 'Raise it if the reserve should fill within a day. 0 buys nothing at all.',
  });
