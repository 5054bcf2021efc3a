import type { Freshness } from '../domain/observation.ts';

/**
 * Detects a head that does not move while time passes: the chain has halted, or a cache in front of the node answers.
 * The lag of the node then proves nothing, so the observation is stale (promise 5). Pure.
 */
export function checkHead(
  freshness: Freshness,
  { head, nowMs, blockTimeSeconds }: HeadInput,
): { readonly freshness: Freshness; readonly head: Head | null } {
  if (freshness.is === 'stale') return { freshness, head };
  const { tip } = freshness.seen.chain;
  const next = head?.tip === tip ? head : { tip, sinceMs: nowMs };
  const stalledSeconds = (nowMs - next.sinceMs) / 1000;
  if (stalledSeconds < MAX_STALL_BLOCKS * blockTimeSeconds) return { freshness, head: next };
  const reason = `the head of the chain has been block ${tip} for ${Math.round(stalledSeconds)} s`;
  return { freshness: { is: 'stale', code: 'NODE_BEHIND', reason }, head: next };
}

/** A chain may skip a few slots in a row, but not this many. No decision is urgent enough to rest on an older head. */
const MAX_STALL_BLOCKS = 24;

/** The head of the chain, and when it was first observed, in monotonic time. */
export interface Head {
  readonly tip: number;
  readonly sinceMs: number;
}

interface HeadInput {
  /** Of the last fresh observation; null before the first. */
  readonly head: Head | null;
  /** In monotonic time. */
  readonly nowMs: number;
  readonly blockTimeSeconds: number;
}
