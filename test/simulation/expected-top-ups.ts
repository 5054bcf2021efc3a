import type { AuditContext } from './audit-context.ts';
import { type DiskStamp, isReady } from './disk.ts';

/** Near an edge, a run may have decided otherwise. */
export const EDGE_MS = 60_000;
/** With less time to live than this, a top-up might come too late and is not sent. */
const TOO_LATE_MS = 400_000;

/** The stamps of a depth to top up: of those that the node shows, the longest-lived that the target has room for, if they fall due. */
export function expectedTopUps(
  { world, disk, clock }: AuditContext,
  {
    depth,
    room,
    isShown,
  }: { readonly depth: number; readonly room: number; readonly isShown: (stamp: DiskStamp) => boolean },
): readonly DiskStamp[] {
  const now = clock.nowMs;
  return [...disk.read().stamps.values()]
    .filter((stamp) => stamp.depth === depth && isReady(stamp) && isShown(stamp))
    .toSorted((a, b) => (b.expiresAt ?? 0) - (a.expiresAt ?? 0))
    .slice(0, Math.max(0, room))
    .filter(({ expiresAt }) => {
      const leftMs = (expiresAt ?? 0) - now;
      return leftMs > TOO_LATE_MS && leftMs < world.policy.minTtlSeconds * 1000 - EDGE_MS;
    });
}
