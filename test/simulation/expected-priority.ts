import { type AuditContext, targetOf } from './audit-context.ts';
import { STEP_BLOCKS } from './audit-unshown.ts';
import { type DiskStamp, isForPool, isReady, isUnsettled, type Snapshot } from './disk.ts';
import { EDGE_MS, expectedTopUps } from './expected-top-ups.ts';
import { UNLIMITED } from './scenario.ts';
import { Violation } from './violation.ts';
import type { Observation } from './wire-tap.ts';

/** A request for money, as far as its priority depends on it. */
interface Operation {
  readonly kind: 'purchase' | 'topUp';
  readonly amount: bigint;
  readonly depth: number;
  readonly batchId: string | null;
}

/** What the sending run could know. */
interface Known {
  readonly observation: Observation;
  readonly diskAtObservation: Snapshot;
}

const NEAR_MS = 3_600_000;
/** Each other stamp that falls due may be topped up first. */
const OPERATION_MS = 180_000;
/** More than any operation of a scenario costs. */
const AMPLE_PLUR = 10n ** 18n;

/**
 * Operations are sent one at a time: a top-up whose deadline is near, the nearest first; then depths at zero, depths that are
 * low, and the rest (docs/architecture.md#a-run). Checked only where no limit can have held what comes first.
 */
export function checkPriority(
  context: AuditContext,
  sent: Operation,
  { observation, diskAtObservation }: Known,
): void {
  const { policy } = context.world;
  const isCanary = [...context.disk.read().orders.values()].some(
    ({ purpose, amount }) => purpose === 'canary' && BigInt(amount) === sent.amount,
  );
  if (policy.maxSpendPerDay !== UNLIMITED || policy.maxOrder !== null) return;
  if (diskAtObservation.acquisitions.size !== context.disk.read().acquisitions.size) return; // it may have been planned before that acquisition
  if (observation.wallet !== null && observation.wallet.bzz < AMPLE_PLUR) return;
  const depths = [...policy.targets].map(([depth, target]) => ({
    depth,
    target,
    ...levelOf(context, depth),
  }));
  const due = depths
    .flatMap(({ depth, target, ready, coming }) =>
      expectedTopUps(context, {
        depth,
        room: target - (coming - ready),
        isShown: ({ batchId }) => observation.stamps.get(batchId)?.usable ?? false,
      }),
    )
    .filter(({ batchId }) => diskAtObservation.stamps.has(batchId)) // what was just adopted is topped up after the next observation
    .filter(({ batchId }) => !isHeld(context, { batchId, block: observation.block }));
  const leftMs = (stamp: DiskStamp | undefined): number => (stamp?.expiresAt ?? 0) - context.clock.nowMs;
  const promisedMs = policy.acquireMinTtlSeconds * 1000;

  if (sent.kind === 'topUp') {
    const own = leftMs(context.disk.read().stamps.get(sent.batchId ?? ''));
    const sooner = due.find((stamp) => leftMs(stamp) < own - EDGE_MS);
    if (sooner)
      throw new Violation(4, `${sent.batchId} is topped up before ${sooner.batchId} that expires earlier`);
    if (own - promisedMs <= NEAR_MS + due.length * OPERATION_MS + EDGE_MS) return;
  } else {
    const near = due.find((stamp) => leftMs(stamp) - promisedMs < NEAR_MS - EDGE_MS);
    if (near) throw new Violation(4, `depth ${sent.depth} is bought before ${near.batchId} is topped up`);
  }
  if (sent.kind === 'topUp' && isHeld(context, { batchId: null, block: observation.block })) return;
  const own = sent.kind === 'topUp' ? 'well' : isCanary ? 'canary' : levelOf(context, sent.depth).is;
  const short = depths.filter(({ target, coming }) => coming < target);
  const worse = short.find(({ is }) => WORST_FIRST.indexOf(is) < WORST_FIRST.indexOf(own));
  if (worse)
    throw new Violation(
      4,
      `depth ${sent.depth}, which is ${own}, is served before depth ${worse.depth}, which is ${worse.is}`,
    );
}

/** Whether the next purchase (null), or the next top-up of that batch, has to wait for an earlier order. */
function isHeld(
  { disk, unshown }: AuditContext,
  { batchId, block }: { readonly batchId: string | null; readonly block: number },
): boolean {
  const kind = batchId === null ? 'purchase' : 'topUp';
  const orders = [...disk.read().orders.values()];
  const alike = orders.filter((one) => one.kind === kind && (batchId === null || one.batchId === batchId));
  const isOpen = alike.some(
    (one) => isUnsettled(one) && (one.claimBatchId !== null || one.kind === 'topUp'), // a top-up of an earlier process may have no claim
  );
  const mayBeMined =
    alike.some(({ state }) => state === 'abandoned') &&
    orders.some((one) => isUnsettled(one) && one.claimBatchId !== null);
  const wait = unshown.waitOf({ kind, batchId });
  return isOpen || mayBeMined || (wait !== null && block < wait.untilBlock + STEP_BLOCKS);
}

/** A canary comes last. */
const WORST_FIRST = ['empty', 'low', 'well', 'canary'] as const;

/** `coming`: an upper bound of the stamps and open purchases, without the one being sent; `ready` of them may have too little time to live. */
function levelOf(
  context: AuditContext,
  depth: number,
): { readonly is: (typeof WORST_FIRST)[number]; readonly ready: number; readonly coming: number } {
  const { policy } = context.world;
  const { stamps, orders } = context.disk.read();
  const promisedMs = context.clock.nowMs + policy.acquireMinTtlSeconds * 1000;
  const live = [...stamps.values()].filter(
    (one) => one.depth === depth && (one.state === 'available' || one.state === 'propagating'),
  );
  const ready = live.filter(isReady);
  const available = ready.filter(({ expiresAt }) => (expiresAt ?? 0) >= promisedMs).length;
  const open = [...orders.values()].filter(
    (one) =>
      isForPool(one) &&
      one.depth === depth &&
      (['planned', 'unknown'].includes(one.state) || (one.state === 'sent' && one.claimBatchId !== null)),
  );
  const isLow = available <= policy.lowReserveThreshold && available < targetOf(context, depth);
  return {
    is: available === 0 ? 'empty' : isLow ? 'low' : 'well',
    ready: ready.length,
    coming: live.length + open.length,
  };
}
