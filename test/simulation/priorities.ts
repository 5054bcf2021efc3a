import { type Facts, targetOf } from './audit-context.ts';
import { type DiskStamp, isReady, isUnsettled, type Snapshot } from './disk.ts';
import { EDGE_MS, fallingDue } from './expected-top-ups.ts';
import { STEP_BLOCKS } from './in-vain.ts';
import { UNLIMITED } from './scenario.ts';
import { Violation } from './violation.ts';
import type { Look } from './wire-tap.ts';

/** A request for money, as far as its run goes. */
interface Operation {
  readonly kind: 'purchase' | 'topUp';
  readonly depth: number;
  readonly batchId: string | null;
}

/** What the run that sends could know. */
interface Knew {
  readonly look: Look;
  readonly diskAtLook: Snapshot;
}

const NEAR_MS = 3_600_000;
/** Each other that falls due may come before it. */
const OPERATION_MS = 180_000;
/** No operation that can come about costs so much. */
const AMPLE_PLUR = 10n ** 18n;

/**
 * One operation at a time: first a top-up whose deadline is near, the soonest of them, then a depth at zero, one that is
 * low, the rest (docs/architecture.md#a-run). Looked at only where no limit can have held back what comes first.
 */
export function checkPriority(facts: Facts, sent: Operation, { look, diskAtLook }: Knew): void {
  const { policy } = facts.stage;
  if (policy.maxSpendPerDay !== UNLIMITED || policy.maxOrder !== null) return;
  if (diskAtLook.acquisitions.size !== facts.disk.read().acquisitions.size) return; // it may have been planned before that
  if (look.wallet !== null && look.wallet.bzz < AMPLE_PLUR) return;
  const depths = [...policy.targets].map(([depth, target]) => ({ depth, target, ...levelOf(facts, depth) }));
  const due = depths
    .flatMap(({ depth, target, ready, coming }) =>
      fallingDue(facts, {
        depth,
        room: target - (coming - ready),
        isShown: ({ batchId }) => look.stamps.get(batchId)?.usable ?? false,
      }),
    )
    .filter(({ batchId }) => diskAtLook.stamps.has(batchId)) // what is adopted just now is topped up after the next look
    .filter(({ batchId }) => !isHeld(facts, { batchId, block: look.block }));
  const leftMs = (stamp: DiskStamp | undefined): number => (stamp?.expiresAt ?? 0) - facts.clock.nowMs;
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
  if (sent.kind === 'topUp' && isHeld(facts, { batchId: null, block: look.block })) return;
  const own = sent.kind === 'topUp' ? 'well' : levelOf(facts, sent.depth).is;
  const short = depths.filter(({ target, coming }) => coming < target);
  const worse = short.find(({ is }) => WORST_FIRST.indexOf(is) < WORST_FIRST.indexOf(own));
  if (worse)
    throw new Violation(
      4,
      `depth ${sent.depth}, which is ${own}, comes before depth ${worse.depth}, which is ${worse.is}`,
    );
}

/** Whether the next purchase (null), or the next top-up of that batch, has to wait for an earlier order. */
function isHeld(
  { disk, inVain }: Facts,
  { batchId, block }: { readonly batchId: string | null; readonly block: number },
): boolean {
  const kind = batchId === null ? 'purchase' : 'topUp';
  const isOpen = [...disk.read().orders.values()].some(
    (one) =>
      isUnsettled(one) &&
      one.claimBatchId !== null &&
      one.kind === kind &&
      (batchId === null || one.batchId === batchId),
  );
  const wait = inVain.waitOf({ kind, batchId });
  return isOpen || (wait !== null && block < wait.untilBlock + STEP_BLOCKS);
}

const WORST_FIRST = ['empty', 'low', 'well'] as const;

/** `coming`: at most so many are there or under way, besides what leaves just now; `ready` of them may have too little time to live. */
function levelOf(
  facts: Facts,
  depth: number,
): { readonly is: (typeof WORST_FIRST)[number]; readonly ready: number; readonly coming: number } {
  const { policy } = facts.stage;
  const { stamps, orders } = facts.disk.read();
  const promisedMs = facts.clock.nowMs + policy.acquireMinTtlSeconds * 1000;
  const live = [...stamps.values()].filter(
    (one) => one.depth === depth && (one.state === 'available' || one.state === 'propagating'),
  );
  const ready = live.filter(isReady);
  const available = ready.filter(({ expiresAt }) => (expiresAt ?? 0) >= promisedMs).length;
  const open = [...orders.values()].filter(
    (one) =>
      one.kind === 'purchase' &&
      one.depth === depth &&
      (['planned', 'unknown'].includes(one.state) || (one.state === 'sent' && one.claimBatchId !== null)),
  );
  const isLow = available <= policy.lowReserveThreshold && available < targetOf(facts, depth);
  return {
    is: available === 0 ? 'empty' : isLow ? 'low' : 'well',
    ready: ready.length,
    coming: live.length + open.length,
  };
}
