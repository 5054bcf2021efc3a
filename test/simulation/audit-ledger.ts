import type { LedgerEntry } from '../../src/simulator/chain.ts';
import type { Facts } from './audit-context.ts';
import type { DiskOrder, Snapshot } from './disk.ts';
import { Violation } from './violation.ts';

const NAMED = [
  'PURCHASE_AMBIGUOUS',
  'PURCHASE_UNACCOUNTED',
  'PURCHASE_LATE',
  'PURCHASE_ABANDONED',
  'TOP_UP_ABANDONED',
];

/** Rule 3 when all is settled: what the chain says that our wallet paid, held against what is on disk. */
export function checkBooks(facts: Facts, toldBought: ReadonlyMap<string, number>): void {
  const { stage, disk, scene, named } = facts;
  const { chain, wallet } = stage.simulator;
  const { orders, stamps } = disk.read();
  const settled = new Set<string>();
  for (const entry of chain.ledger) {
    if (entry.payer !== wallet || entry.totalPaidPlur === 0n) continue;
    const order = orderOf(entry, [...orders.values()]);
    if (order === undefined) {
      if (scene.strangersAmounts.has(entry.amount)) continue;
      throw new Violation(
        3,
        `${entry.totalPaidPlur} PLUR were paid for ${entry.batchId}, and no order says so`,
      );
    }
    if (settled.has(order.id)) throw new Violation(3, `order ${order.id} was paid for twice`);
    settled.add(order.id);
    if (entry.kind === 'create') checkPurchase(facts, entry, { order, told: toldBought.has(entry.batchId) });
    else checkTopUp(facts, entry, order);
  }
  for (const order of orders.values()) {
    if (order.state !== 'confirmed' || settled.has(order.id)) continue;
    if (order.batchId !== null && scene.copied.has(order.batchId)) continue; // a present, with an amount of ours
    const isStoodInFor = [...orders.values()].some(
      ({ id, kind, batchId }) =>
        kind === 'topUp' && batchId === order.batchId && named(['TOP_UP_ABANDONED'], id),
    );
    if (order.kind === 'topUp' && isStoodInFor) continue; // one that was given up came late, and was taken for it
    throw new Violation(3, `order ${order.id} is confirmed, and nothing was paid for it`);
  }
  for (const stamp of stamps.values()) {
    const batch = chain.batches.get(stamp.batchId);
    if (batch?.owner !== wallet)
      throw new Violation(3, `${stamp.batchId} is in the pool and none of the node's`);
    if (scene.copiedAmounts.has(batch.amount)) continue;
    if (stamp.origin === 'bought' && (stamp.state === 'propagating' || stamp.state === 'available')) {
      const paid = costOf(stamp.batchId, orders);
      if (BigInt(stamp.cost) !== paid)
        throw new Violation(
          3,
          `${stamp.batchId} is said to have cost ${stamp.cost} PLUR, and has cost ${paid}`,
        );
    }
    if (stamp.origin === 'bought' && orders.get(stamp.orderId ?? '')?.batchId !== stamp.batchId)
      throw new Violation(
        3,
        `${stamp.batchId} is said to be bought by ${stamp.orderId}, which bought another`,
      );
  }
}

/** Its purchase and all top-ups of ours. */
const costOf = (batchId: string, orders: Snapshot['orders']): bigint =>
  [...orders.values()]
    .filter((order) => order.state === 'confirmed' && order.batchId === batchId)
    .reduce((sum, { cost }) => sum + BigInt(cost), 0n);

function orderOf(entry: LedgerEntry, orders: readonly DiskOrder[]): DiskOrder | undefined {
  return orders.find(
    ({ kind, amount, depth, batchId }) =>
      BigInt(amount) === entry.amount &&
      (entry.kind === 'create'
        ? kind === 'purchase' && depth === entry.depth
        : kind === 'topUp' && batchId === entry.batchId),
  );
}

function checkPurchase(
  { disk, stage, named, scene }: Facts,
  entry: LedgerEntry,
  { order, told }: { readonly order: DiskOrder; readonly told: boolean },
): void {
  const { batchId, totalPaidPlur } = entry;
  if (BigInt(order.cost) !== totalPaidPlur)
    throw new Violation(3, `order ${order.id} says ${order.cost} PLUR, the chain ${totalPaidPlur}`);
  const { chain, node } = stage.simulator;
  const pooled = disk.read().stamps.has(batchId) || named(NAMED, batchId);
  if (order.state === 'confirmed' && pooled) return;
  const batch = chain.contract.existing(batchId);
  if (batch.normalisedBalance <= chain.contract.outPaymentAt(chain.tip)) return; // over before it was seen
  if (scene.copiedAmounts.has(entry.amount) && !told) return; // whose is whose cannot be told
  if (scene.gone.has(batchId) && node.issuers.get(batchId) === undefined) return; // the node itself has lost it
  const isToppedUp = chain.ledger.some((other) => other.kind === 'topUp' && other.batchId === batchId);
  if (order.state === 'abandoned' && isToppedUp) return; // by somebody, before it was known: with its amount the key is gone
  if (order.state === 'rejected')
    throw new Violation(3, `order ${order.id} is called refused, and ${batchId} was paid for`);
  if (!pooled)
    throw new Violation(
      3,
      `${batchId} was paid for by ${order.id} (${order.state}), and is neither in the pool nor reported`,
    );
  if (order.state !== 'abandoned')
    throw new Violation(3, `order ${order.id} is ${order.state}, and ${batchId} was paid for`);
}

function checkTopUp({ scene, named }: Facts, entry: LedgerEntry, order: DiskOrder): void {
  if (order.state === 'abandoned' && named(['TOP_UP_ABANDONED'], order.id)) return; // paid, and reported as lost sight of
  if (order.state === 'unknown' && order.claimBatchId !== null && scene.gone.has(entry.batchId)) return; // open for as long as its stamp may live
  if (order.state !== 'confirmed')
    throw new Violation(3, `top-up ${order.id} is ${order.state}, and ${entry.totalPaidPlur} PLUR were paid`);
  if (BigInt(order.cost) !== entry.totalPaidPlur && !scene.diluted.has(entry.batchId))
    throw new Violation(3, `top-up ${order.id} says ${order.cost} PLUR, the chain ${entry.totalPaidPlur}`);
}
