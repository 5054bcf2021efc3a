import type { DiskStamp, Snapshot } from './disk.ts';
import type { Facts } from './facts.ts';
import type { Look } from './looks.ts';
import { UNLIMITED } from './script.ts';
import { Violation } from './violation.ts';

/** A request for money, as far as its turn goes. */
interface Operation {
  readonly kind: 'purchase' | 'topUp';
  readonly depth: number;
  readonly batchId: string | null;
}

/** What the turn that sends could know. */
interface Knew {
  readonly look: Look;
  readonly diskAtLook: Snapshot;
}

const NEAR_MS = 3_600_000;
/** Each other that falls due may come before it. */
const OPERATION_MS = 180_000;
/** With less than this to live, a top-up might come too late and is not tried. */
const TOO_LATE_MS = 400_000;
/** Near an edge, a turn may have seen it the other way. */
const EDGE_MS = 60_000;
/** No operation that can come about costs so much. */
const AMPLE_PLUR = 10n ** 18n;

/**
 * One operation at a time: first a top-up whose deadline is near, the soonest of them, then a depth at zero, one that is
 * low, the rest (docs/architecture.md#a-turn). Looked at only where no limit can have held back what comes first.
 */
export function checkPriority(facts: Facts, sent: Operation, knew: Knew): void {
  const { look, diskAtLook } = knew;
  const { policy } = facts.stage;
  if (policy.maxSpendPerDay !== UNLIMITED || policy.maxOrder !== null) return;
  if (diskAtLook.acquisitions.size !== facts.disk.read().acquisitions.size) return; // it may have been planned before that
  if (look.wallet !== null && look.wallet.bzz < AMPLE_PLUR) return;
  const depths = [...policy.targets].map(([depth, target]) => ({ depth, target, ...levelOf(facts, depth) }));
  const due = depths.flatMap((level) => dueStamps(facts, knew, level));
  const leftMs = (stamp: DiskStamp | undefined): number =>
    (stamp?.expiresAt ?? 0) - facts.stage.clock.now().getTime();
  const promisedMs = policy.acquireMinTtlSeconds * 1000;

  if (sent.kind === 'topUp') {
    const own = leftMs(facts.disk.read().stamps.get(sent.batchId ?? ''));
    const sooner = due.find((stamp) => leftMs(stamp) < own - EDGE_MS);
    if (sooner)
      throw new Violation(4, `${sent.batchId} is topped up before ${sooner.batchId} that ends sooner`);
    if (own - promisedMs <= NEAR_MS + due.length * OPERATION_MS + EDGE_MS) return;
  } else {
    const near = due.find((stamp) => leftMs(stamp) - promisedMs < NEAR_MS - EDGE_MS);
    if (near) throw new Violation(4, `depth ${sent.depth} is bought before ${near.batchId} is topped up`);
  }
  const own = sent.kind === 'topUp' ? 'well' : levelOf(facts, sent.depth).is;
  const short = depths.filter(({ target, coming }) => coming < target);
  const worse = short.find(({ is }) => WORST_FIRST.indexOf(is) < WORST_FIRST.indexOf(own));
  if (worse)
    throw new Violation(
      4,
      `depth ${sent.depth}, which is ${own}, comes before depth ${worse.depth}, which is ${worse.is}`,
    );
}

const WORST_FIRST = ['empty', 'low', 'well'] as const;

/** `coming`: at most so many are there or under way, besides what leaves just now. */
function levelOf(
  { stage, disk }: Facts,
  depth: number,
): { readonly is: (typeof WORST_FIRST)[number]; readonly coming: number } {
  const { policy, clock } = stage;
  const { stamps, orders } = disk.read();
  const promisedMs = clock.now().getTime() + policy.acquireMinTtlSeconds * 1000;
  const live = [...stamps.values()].filter(
    (one) => one.depth === depth && (one.state === 'available' || one.state === 'propagating'),
  );
  const ready = live.filter(
    ({ state, withheld, expiresAt }) =>
      state === 'available' && withheld === null && (expiresAt ?? 0) >= promisedMs,
  ).length;
  const open = [...orders.values()].filter(
    (one) => one.kind === 'purchase' && one.depth === depth && ['planned', 'unknown'].includes(one.state),
  );
  const target = [...policy.targets].find(([of]) => of === depth)?.[1] ?? 0;
  const isLow = ready <= policy.lowReserveThreshold && ready < target;
  return { is: ready === 0 ? 'empty' : isLow ? 'low' : 'well', coming: live.length + open.length };
}

/** What a target surely wants and is to be topped up now. */
function dueStamps(
  { stage, disk }: Facts,
  { look, diskAtLook }: Knew,
  { depth, target, coming }: { readonly depth: number; readonly target: number; readonly coming: number },
): readonly DiskStamp[] {
  const now = stage.clock.now().getTime();
  const ready = [...disk.read().stamps.values()].filter(
    (one) => one.depth === depth && one.state === 'available' && one.withheld === null,
  );
  const room = target - (coming - ready.length);
  return ready
    .filter(({ batchId }) => look.stamps.get(batchId)?.usable)
    .toSorted((a, b) => (b.expiresAt ?? 0) - (a.expiresAt ?? 0))
    .slice(0, Math.max(0, room))
    .filter(({ batchId }) => diskAtLook.stamps.has(batchId)) // what is adopted just now is topped up after the next look
    .filter(({ expiresAt }) => {
      const leftMs = (expiresAt ?? 0) - now;
      return leftMs > TOO_LATE_MS && leftMs < stage.policy.minTtlSeconds * 1000 - EDGE_MS;
    });
}
