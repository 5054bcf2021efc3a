import type { Facts } from './audit-context.ts';
import { type DiskStamp, isReady } from './disk.ts';

/** Near an edge, a run may have seen it the other way. */
export const EDGE_MS = 60_000;
/** With less than this to live, a top-up might come too late and is not tried. */
const TOO_LATE_MS = 400_000;

/** What is to be topped up: of those of a depth that the node shows, the longest-lived that there is room for, where they fall due. */
export function fallingDue(
  { stage, disk, clock }: Facts,
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
      return leftMs > TOO_LATE_MS && leftMs < stage.policy.minTtlSeconds * 1000 - EDGE_MS;
    });
}
