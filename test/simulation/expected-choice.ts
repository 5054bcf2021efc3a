import type { ClockBooks } from './clock-books.ts';
import { type DiskStamp, isReady, type Snapshot } from './disk.ts';
import type { Knowledge } from './expected-view.ts';
import { Violation } from './violation.ts';

/** Near the promised time to live, it is the service that decides by the exact moment. */
const EDGE_MS = 60_000;

interface Choice {
  readonly batchId: string;
  readonly askedDepth: number;
  /** When it must not expire before, in milliseconds of the wall clock. */
  readonly promisedMs: number;
}

/** What the checker compares with: the disk when the client asked, and when it was answered. */
interface Seen {
  readonly before: Snapshot;
  readonly now: Snapshot;
  readonly knowledge: Knowledge;
  readonly clock: ClockBooks;
}

/**
 * Rule 4: the exact depth comes first, then the smallest larger one; among equals the stamp that expires first. A stamp
 * that could be given out when the client asked, and still can, was passed over.
 */
export function checkChoice(
  { batchId, askedDepth, promisedMs }: Choice,
  { before, now, knowledge, clock }: Seen,
): void {
  const given = before.stamps.get(batchId);
  if (given === undefined || given.expiresAt !== now.stamps.get(batchId)?.expiresAt) return;
  const isUnchanged = (one: DiskStamp): boolean => {
    const was = before.stamps.get(one.batchId);
    return was !== undefined && isReady(was) && was.depth === one.depth && was.expiresAt === one.expiresAt;
  };
  const isSure = (id: string): boolean => {
    const told = knowledge.of(id);
    return told !== undefined && clock.isSure(told);
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
