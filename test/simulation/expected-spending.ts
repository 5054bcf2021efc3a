import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { AuditContext } from './audit-context.ts';
import type { Sent } from './audit-requests.ts';
import type { Snapshot } from './disk.ts';
import { mostPerChunk } from './expected-amounts.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

const DAY_MS = 86_400_000;
const EDGE_MS = 60_000;
/** Until the request of an order leaves. */
const SENT_WITHIN_MS = 180_000;
const FILLINGS = 10n;
const WALLET_SHARE = 4n;

/** Rule 8: the spending in the status is the cost of the orders on disk, including those of unknown outcome and those that Bee confirmed. */
export function checkSpending(
  { spending }: MaintenanceRun,
  {
    atObservation,
    now,
    wallMs,
  }: { readonly atObservation: Snapshot | null; readonly now: Snapshot; readonly wallMs: number },
): void {
  if (spending === null || atObservation === null) return;
  const orders = [...now.orders.values()].filter(({ id }) => atObservation.orders.has(id)); // the others were planned later
  const isNearEdge = orders.some(({ plannedAt }) => Math.abs(plannedAt - (wallMs - DAY_MS)) < EDGE_MS);
  if (isNearEdge) return;
  const spent = orders
    .filter(({ plannedAt }) => plannedAt >= wallMs - DAY_MS)
    .filter(({ state }) => state !== 'rejected')
    .filter(({ state, namedBatchId }) => state !== 'abandoned' || namedBatchId !== null)
    .reduce((sum, { cost }) => sum + BigInt(cost), 0n);
  if (spent !== spending.lastDay)
    throw new Violation(
      8,
      `${spending.lastDay} PLUR are reported as spent within 24 hours, and the orders on disk cost ${spent}`,
    );
}

/** Rule 6: every request is within the operator's limits. `all`: every request so far, this one included. */
export function checkLimits(
  { world, disk }: AuditContext,
  {
    sent,
    all,
    observation,
  }: { readonly sent: Sent; readonly all: readonly Sent[]; readonly observation: Observation },
): void {
  const { policy } = world;
  const { cost, wallMs } = sent;
  const { wallet, price } = observation;
  if (policy.maxOrder !== null && cost > policy.maxOrder)
    throw new Violation(6, `${cost} is above the limit of one order`);
  if (policy.maxPrice !== null && price > policy.maxPrice)
    throw new Violation(6, `bought at a price of ${price}`);
  if (wallet !== null && wallet.bzz - cost < policy.walletFloorBzz)
    throw new Violation(6, 'the purchase leaves too little BZZ');
  if (wallet !== null && wallet.xdai < policy.walletFloorXdai)
    throw new Violation(6, 'there is too little xDAI');
  if (policy.maxSpendPerDay === null) return checkDefaultLimit({ world, disk }, sent, observation);
  const orders = [...disk.read().orders.values()];
  const isOver = (one: Sent): boolean =>
    orders.some(
      ({ kind, amount, state }) =>
        kind === one.kind && BigInt(amount) === one.amount && (state === 'rejected' || state === 'abandoned'),
    );
  const spent = all
    .filter((one) => one.wallMs >= wallMs - DAY_MS && !isOver(one))
    .reduce((sum, one) => sum + one.cost, 0n);
  if (spent > policy.maxSpendPerDay)
    throw new Violation(6, `${spent} PLUR within 24 hours, of ${policy.maxSpendPerDay} allowed`);
}

/** Rule 6: ten times the cost of the targets; but no more than a quarter of the wallet, or ten small and medium stamps. */
function checkDefaultLimit(
  { world: { policy }, disk }: Pick<AuditContext, 'world' | 'disk'>,
  { cost, wallMs }: Sent,
  { price, wallet }: Observation,
): void {
  const perChunk = mostPerChunk(policy, price);
  const filling = (targets: Iterable<readonly [number, number]>): bigint =>
    [...targets].reduce((sum, [depth, count]) => sum + BigInt(count) * perChunk * 2n ** BigInt(depth), 0n);
  const targets = [...policy.targets, ...(policy.canaryIntervalSeconds === null ? [] : [[17, 1] as const])];
  const usual = filling([
    [17, 1],
    [20, 1],
  ]);
  const countedFrom = (fromMs: number): bigint =>
    [...disk.read().orders.values()]
      .filter(({ plannedAt }) => plannedAt >= fromMs)
      .filter(({ state }) => state !== 'rejected')
      .filter(({ state, namedBatchId }) => state !== 'abandoned' || namedBatchId !== null)
      .reduce((sum, order) => sum + BigInt(order.cost), 0n);
  const spentAtMost = countedFrom(wallMs - DAY_MS - SENT_WITHIN_MS) - cost;
  const share = ((wallet?.bzz ?? 0n) + spentAtMost) / WALLET_SHARE;
  const cap = share > FILLINGS * usual ? share : FILLINGS * usual;
  const limit = FILLINGS * filling(targets) < cap ? FILLINGS * filling(targets) : cap;
  const spent = countedFrom(wallMs - DAY_MS + SENT_WITHIN_MS);
  if (spent > limit)
    throw new Violation(6, `${spent} PLUR within 24 hours, of ${limit} that are allowed by default`);
}
