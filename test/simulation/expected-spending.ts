import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { AuditContext } from './audit-context.ts';
import type { Sent } from './audit-requests.ts';
import type { Snapshot } from './disk.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

const DAY_MS = 86_400_000;
const EDGE_MS = 60_000;

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
  if (policy.maxSpendPerDay === null) return;
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
