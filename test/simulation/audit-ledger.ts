import type { LedgerEntry } from '../../src/simulator/chain.ts';
import type { AuditContext } from './audit-context.ts';
import type { DiskOrder, Snapshot } from './disk.ts';
import { Violation } from './violation.ts';

const REPORTED_AS = [
  'PURCHASE_AMBIGUOUS',
  'PURCHASE_UNACCOUNTED',
  'PURCHASE_LATE',
  'PURCHASE_ABANDONED',
  'TOP_UP_ABANDONED',
];

/** Rule 3 when all is settled: what the chain shows that our wallet paid, compared with the disk. */
export function checkLedger(context: AuditContext, claimedPurchases: ReadonlyMap<string, number>): void {
  const { world, disk, environment } = context;
  const { chain, wallet } = world.simulator;
  const { orders, stamps } = disk.read();
  const settled = new Set<string>();
  for (const entry of chain.ledger) {
    if (entry.payer !== wallet || entry.totalPaidPlur === 0n) continue;
    const order = orderOf(entry, [...orders.values()]);
    if (order === undefined) {
      if (environment.strangersAmounts.has(entry.amount)) continue;
      throw new Violation(
        3,
        `${entry.totalPaidPlur} PLUR were paid for ${entry.batchId}, and no order has that amount`,
      );
    }
    if (settled.has(order.id)) throw new Violation(3, `order ${order.id} was paid for twice`);
    settled.add(order.id);
    if (entry.kind === 'create')
      checkPurchase(context, entry, { order, isClaimed: claimedPurchases.has(entry.batchId) });
    else checkTopUp(context, entry, order);
  }
  for (const order of orders.values()) {
    if (order.state !== 'confirmed' || settled.has(order.id)) continue;
    if (order.batchId !== null && environment.copied.has(order.batchId)) continue; // a gift with an amount of ours
    if (order.kind === 'topUp' && isToppedUpByAnother(context, order.batchId)) continue;
    throw new Violation(3, `order ${order.id} is confirmed, and nothing was paid for it`);
  }
  for (const stamp of stamps.values()) {
    const batch = chain.batches.get(stamp.batchId);
    if (batch?.owner !== wallet)
      throw new Violation(3, `${stamp.batchId} is in the pool and does not belong to the node`);
    if (environment.copiedAmounts.has(batch.amount)) continue;
    if (stamp.origin === 'bought' && (stamp.state === 'propagating' || stamp.state === 'available')) {
      const paid = costOf(stamp.batchId, orders);
      if (BigInt(stamp.cost) !== paid)
        throw new Violation(
          3,
          `${stamp.batchId} is recorded with a cost of ${stamp.cost} PLUR, and has cost ${paid}`,
        );
    }
    if (stamp.origin === 'bought' && orders.get(stamp.orderId ?? '')?.batchId !== stamp.batchId)
      throw new Violation(
        3,
        `${stamp.batchId} is recorded as bought by ${stamp.orderId}, which bought another batch`,
      );
  }
}

/** The cost of its purchase and of all top-ups of ours. */
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
  context: AuditContext,
  entry: LedgerEntry,
  { order, isClaimed }: { readonly order: DiskOrder; readonly isClaimed: boolean },
): void {
  const { disk, world, view, isReported, environment } = context;
  const { batchId, totalPaidPlur } = entry;
  if (BigInt(order.cost) !== totalPaidPlur)
    throw new Violation(3, `order ${order.id} says ${order.cost} PLUR, the chain ${totalPaidPlur}`);
  const { chain } = world.simulator;
  const isCanary = order.purpose === 'canary' && order.batchId === batchId;
  const pooled = isCanary || disk.read().stamps.has(batchId) || isReported(REPORTED_AS, batchId);
  if (order.state === 'confirmed' && pooled) return;
  const batch = chain.contract.existing(batchId);
  if (batch.normalisedBalance <= chain.contract.outPaymentAt(chain.tip)) return; // expired before it was observed
  if (environment.copiedAmounts.has(entry.amount) && !isClaimed) return; // which of the two is ours cannot be determined
  if (isLostByNode(context, batchId)) return;
  const isToppedUp = chain.ledger.some((other) => other.kind === 'topUp' && other.batchId === batchId);
  if (order.state === 'abandoned' && isToppedUp) return; // topped up by another user before it was observed: with its amount the key is lost
  if (order.state === 'rejected')
    throw new Violation(3, `order ${order.id} is recorded as refused, and ${batchId} was paid for`);
  if (!pooled)
    throw new Violation(
      3,
      `${batchId} was paid for by ${order.id} (${order.state}), and is neither in the pool nor reported`,
    );
  if (order.state !== 'abandoned')
    throw new Violation(3, `order ${order.id} is ${order.state}, and ${batchId} was paid for`);
  if (view.last?.stamps.get(batchId)?.amount === order.amount)
    throw new Violation(3, `order ${order.id} is abandoned, and the node shows its batch ${batchId}`);
}

/** The node does not show it any more, and so not what was paid for it: it has lost it, or has ended it without a top-up that it missed. */
const isLostByNode = ({ environment, world }: AuditContext, batchId: string): boolean =>
  (environment.gone.has(batchId) || environment.resyncNeeded) &&
  world.simulator.node.issuers.get(batchId) === undefined;

/** Another user has topped up the batch: what it has grown by does not show which top-ups of ours were made. */
const isToppedUpByAnother = ({ world }: AuditContext, batchId: string | null): boolean => {
  const { chain, wallet } = world.simulator;
  return chain.ledger.some(
    (entry) => entry.kind === 'topUp' && entry.batchId === batchId && entry.payer !== wallet,
  );
};

function checkTopUp(context: AuditContext, entry: LedgerEntry, order: DiskOrder): void {
  const { environment, isReported, world } = context;
  // a node that returns no balances shows two top-ups that it has missed as one sum, and its amounts may be stale
  const isHidden = environment.resyncNeeded && world.scenario.version !== '2.8.1';
  const isAbandoned = order.state === 'abandoned' && isReported(['TOP_UP_ABANDONED'], order.id);
  if (
    isAbandoned &&
    (isHidden || isToppedUpByAnother(context, entry.batchId) || isLostByNode(context, entry.batchId))
  )
    return;
  if (order.state === 'unknown' && order.claimBatchId !== null && environment.gone.has(entry.batchId)) return; // it stays open for as long as its stamp may live
  if (order.state !== 'confirmed')
    throw new Violation(3, `top-up ${order.id} is ${order.state}, and ${entry.totalPaidPlur} PLUR were paid`);
  if (BigInt(order.cost) !== entry.totalPaidPlur && !environment.diluted.has(entry.batchId))
    throw new Violation(3, `top-up ${order.id} says ${order.cost} PLUR, the chain ${entry.totalPaidPlur}`);
}
