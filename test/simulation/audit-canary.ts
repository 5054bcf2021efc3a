import type { AuditContext } from './audit-context.ts';
import { type DiskOrder, isUnsettled, type Snapshot } from './disk.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

const DAY_BLOCKS = 17_280;
/** A canary is replaced when it has less to live. */
const RENEWED_BELOW_MS = 6 * 3_600_000;
const EDGE_MS = 130_000;

/** Rules 1 and 3: a canary is no stamp of the pool. */
export function checkCanariesApart({ orders, stamps }: Snapshot): void {
  for (const { id, purpose, batchId } of orders.values())
    if (purpose === 'canary' && batchId !== null && stamps.has(batchId))
      throw new Violation(1, `${batchId} was bought by ${id} as a canary, and is in the pool`);
}

/** Rule 3: a node has one canary at a time. */
export function checkCanaryPurchase(
  { world, disk, environment }: AuditContext,
  sent: { readonly depth: number; readonly amount: bigint },
  observation: Observation,
): void {
  if (world.policy.canaryIntervalSeconds === null)
    throw new Violation(6, 'a canary is bought, and there should be none');
  if (sent.depth !== 17) throw new Violation(6, `a canary of depth ${sent.depth} is bought`);
  const others = [...disk.read().orders.values()].filter(
    ({ purpose, amount }) => purpose === 'canary' && BigInt(amount) !== sent.amount,
  );
  const open = others.find(isUnsettled);
  if (open) throw new Violation(3, `a canary is bought while the canary of ${open.id} is ${open.state}`);
  const bought = others.filter(({ state }) => state === 'confirmed');
  const recent = bought.find(({ plannedAtBlock }) => observation.block - plannedAtBlock < DAY_BLOCKS);
  if (recent) throw new Violation(3, `a canary is bought within a day after that of ${recent.id}`);
  if (environment.lied) return;
  const alive = bought.find(({ batchId }) => isLongLived(observation, batchId, world.nowMs));
  if (alive) throw new Violation(3, `a canary is bought while the node shows ${alive.batchId}`);
}

function isLongLived({ stamps }: Observation, batchId: DiskOrder['batchId'], nowMs: number): boolean {
  const expiresAtMs = stamps.get(batchId ?? '')?.expiresAtMs ?? null;
  return expiresAtMs !== null && expiresAtMs - nowMs > RENEWED_BELOW_MS + EDGE_MS;
}

/** Whether the node has a canary, or its purchase is not settled. */
export const hasCanary = ({ orders }: Snapshot): boolean =>
  [...orders.values()].some(
    (order) => order.purpose === 'canary' && (isUnsettled(order) || order.state === 'confirmed'),
  );
