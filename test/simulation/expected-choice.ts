import { type DiskStamp, isReady, type Snapshot } from './disk.ts';
import type { ExpectedClock } from './expected-clock.ts';
import type { ExpectedView } from './expected-view.ts';
import { Violation } from './violation.ts';

/** Near the promised time to live, the exact moment decides, which only the service knows. */
const EDGE_MS = 60_000;

interface Choice {
  readonly batchId: string;
  readonly askedDepth: number;
  /** The stamp must not expire before this time, in milliseconds of the wall clock. */
  readonly promisedMs: number;
}

/** What the choice is compared with: the disk when the client sent its request, and when it was answered. */
interface Seen {
  readonly before: Snapshot;
  readonly now: Snapshot;
  readonly view: ExpectedView;
  readonly clock: ExpectedClock;
}

/**
 * Rule 4: the exact depth comes first, then the smallest larger one; among equals, the stamp that expires first. A better stamp
 * that was acquirable at the request and still is was passed over.
 */
export function checkChoice(
  { batchId, askedDepth, promisedMs }: Choice,
  { before, now, view, clock }: Seen,
): void {
  const given = before.stamps.get(batchId);
  if (given === undefined || given.expiresAt !== now.stamps.get(batchId)?.expiresAt) return;
  const isUnchanged = (one: DiskStamp): boolean => {
    const was = before.stamps.get(one.batchId);
    return was !== undefined && isReady(was) && was.depth === one.depth && was.expiresAt === one.expiresAt;
  };
  const isSure = (id: string): boolean => {
    const seen = view.of(id);
    return seen !== undefined && clock.isSure(seen);
  };
  const left = [...now.stamps.values()].filter(
    (one) =>
      isReady(one) && isUnchanged(one) && isSure(one.batchId) && (one.expiresAt ?? 0) >= promisedMs + EDGE_MS,
  );
  const better = left.find(
    ({ depth, expiresAt }) =>
      depth >= askedDepth &&
      (depth < given.depth || (depth === given.depth && (expiresAt ?? 0) < (given.expiresAt ?? 0))),
  );
  if (better)
    throw new Violation(
      4,
      `depth ${askedDepth} was asked for, ${batchId} of depth ${given.depth} was given, and ${better.batchId} of depth ${better.depth} was there`,
    );
}
