import type { Turn } from '../../src/domain/turn.ts';
import type { Snapshot } from './disk.ts';
import { Violation } from './violation.ts';

const DAY_MS = 86_400_000;
const EDGE_MS = 60_000;

/** Rule 8: what the status says was spent is what the orders on disk cost, those of unknown outcome included. */
export function checkSpending(
  { spending }: Turn,
  {
    atLook,
    now,
    wallMs,
  }: { readonly atLook: Snapshot | null; readonly now: Snapshot; readonly wallMs: number },
): void {
  if (spending === null || atLook === null) return;
  const orders = [...now.orders.values()].filter(({ id }) => atLook.orders.has(id)); // the rest was planned after it
  const isNearEdge = orders.some(({ plannedAt }) => Math.abs(plannedAt - (wallMs - DAY_MS)) < EDGE_MS);
  if (isNearEdge) return;
  const spent = orders
    .filter(({ plannedAt }) => plannedAt >= wallMs - DAY_MS)
    .filter(({ state }) => state !== 'rejected' && state !== 'abandoned')
    .reduce((sum, { cost }) => sum + BigInt(cost), 0n);
  if (spent !== spending.lastDay)
    throw new Violation(
      8,
      `${spending.lastDay} PLUR are said to be spent within 24 hours, and the orders on disk cost ${spent}`,
    );
}
