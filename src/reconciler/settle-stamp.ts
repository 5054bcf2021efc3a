import type { Change } from '../domain/change.ts';
import { isWithinDay } from '../domain/durations.ts';
import { type FreshObservation, lagBlocks, mayBeImmutable, type SeenStamp } from '../domain/observation.ts';
import { isReported, type LiveStamp, type ObservedWithheld, ttlSeconds } from '../domain/stamp.ts';
import type { BatchId, Depth } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import { NOTHING_SETTLED, type SettleInput, type Settlement } from './settlement.ts';

/** Compares a live stamp with what the node shows of it. Pure. */
export function settleStamp(stamp: LiveStamp, input: StampInput): Settlement {
  const { seen, blockTimeSeconds } = input;
  const shown = seen.stamps.get(stamp.batchId);
  const isGone = stamp.state === 'available' && shown?.usable === false && shown.utilization === 0;
  if (shown === undefined || isGone) return settleMissing(stamp, input);
  const withheld: ObservedWithheld | null =
    shown.utilization > 0 || stamp.withheld === 'in_use' ? 'in_use' : null;
  const expiresAt = expiryOf(shown, seen, blockTimeSeconds);
  const changes: Change[] = [];
  const becomesAvailable = stamp.state === 'propagating' && shown.usable && expiresAt !== null;
  if (differs(stamp, shown, withheld) || (!becomesAvailable && hasMoved(stamp, expiresAt))) {
    const { batchId, depth, amount } = shown;
    const immutable = shown.immutable ?? stamp.immutable;
    changes.push({ change: 'stampSeen', batchId, depth, amount, immutable, expiresAt, withheld });
  }
  if (becomesAvailable) {
    const ttlAtCreationSeconds = ttlSeconds({ expiresAt }, seen.at);
    changes.push({ change: 'stampAvailable', batchId: stamp.batchId, expiresAt, ttlAtCreationSeconds });
  }
  const incidents: IncidentReport[] = [];
  if (withheld === 'in_use' && stamp.withheld !== 'in_use') incidents.push(withheldIncident(stamp, 'in_use'));
  if (shown.depth > stamp.depth) incidents.push(diluted(stamp.batchId, stamp.depth, shown.depth));
  return { changes, incidents };
}

type StampInput = Pick<SettleInput, 'seen' | 'blockTimeSeconds' | 'absenceCounts'>;

/** Right after its start Bee may not list everything (docs/bee.md#absence). What it does not show is missing only after that. */
export const MISSING_BLOCKS = 10;
/** A stamp that is not shown for this long no longer counts as stock; otherwise the pool would run empty. */
export const LOST_BLOCKS = 120;

/** The TTL falls in steps of five blocks. A rise smaller than this is no top-up. A fall always counts. */
const EXPIRY_RISE_MS = 120_000;

/** The pool never dilutes a stamp, so someone else did. */
export const diluted = (batchId: BatchId, before: Depth, now: Depth): IncidentReport => ({
  code: 'STAMP_DILUTED',
  subject: batchId,
  detail: `Batch ${batchId}, from depth ${before} to ${now}.`,
});

const differs = (stamp: LiveStamp, shown: SeenStamp, withheld: ObservedWithheld | null): boolean =>
  stamp.depth !== shown.depth ||
  stamp.amount !== shown.amount ||
  !mayBeImmutable(shown, stamp.immutable) ||
  stamp.withheld !== withheld ||
  stamp.missingSinceBlock !== null;

function hasMoved(stamp: LiveStamp, expiresAt: Date | null): boolean {
  if (expiresAt === null) return false;
  if (stamp.expiresAt === null) return true;
  const risenMs = expiresAt.getTime() - stamp.expiresAt.getTime();
  return risenMs < 0 || risenMs >= EXPIRY_RISE_MS;
}

function settleMissing(stamp: LiveStamp, input: StampInput): Settlement {
  const { seen } = input;
  const { block } = seen.chain;
  const sinceBlock = stamp.missingSinceBlock ?? block;
  const withheld = withheldAfter(block - sinceBlock, stamp, input);
  if (stamp.missingSinceBlock !== null && withheld === stamp.withheld) return NOTHING_SETTLED;
  const isNew = withheld !== null && withheld !== stamp.withheld && isReported(stamp, withheld, seen.at);
  return {
    changes: [
      {
        change: 'stampMissing',
        batchId: stamp.batchId,
        sinceBlock,
        withheld,
        lastLostAtBlock: withheld === 'lost' ? block : null, // one that was lost before has returned above
      },
    ],
    incidents: isNew ? [withheldIncident({ ...stamp, missingSinceBlock: sinceBlock }, withheld)] : [],
  };
}

function withheldAfter(missingBlocks: number, stamp: LiveStamp, input: StampInput): ObservedWithheld | null {
  if (stamp.withheld === 'in_use' || stamp.withheld === 'lost') return stamp.withheld;
  const now = { block: input.seen.chain.block, blockTimeSeconds: input.blockTimeSeconds };
  if (missingBlocks >= LOST_BLOCKS && input.absenceCounts && !wasLostWithinDay(stamp, now)) return 'lost';
  return missingBlocks >= MISSING_BLOCKS ? 'missing' : null;
}

export const wasLostWithinDay = (
  { lastLostAtBlock }: Pick<LiveStamp, 'lastLostAtBlock'>,
  now: { readonly block: number; readonly blockTimeSeconds: number },
): boolean => lastLostAtBlock !== null && isWithinDay(lastLostAtBlock, now);

/** The node shows the TTL at its synced block, not at the head of the chain (docs/bee.md#ttl). */
export function expiryOf(
  stamp: SeenStamp,
  { at, chain }: FreshObservation,
  blockTimeSeconds: number,
): Date | null {
  if (stamp.ttlSeconds === null) return null;
  return new Date(at.getTime() + (stamp.ttlSeconds - lagBlocks(chain) * blockTimeSeconds) * 1000);
}

const WITHHELD_CODES = {
  missing: 'STAMP_WITHHELD',
  lost: 'STAMP_MISSING',
  in_use: 'STAMP_IN_USE',
} as const satisfies Record<ObservedWithheld, IncidentReport['code']>;

/** The incident for a stamp that is withheld for this reason. Pure. */
export function withheldIncident(
  stamp: LiveStamp,
  reason: ObservedWithheld,
): IncidentReport<(typeof WITHHELD_CODES)[ObservedWithheld]> {
  const since = reason === 'in_use' ? '' : `, not shown as usable since block ${stamp.missingSinceBlock}`;
  const detail = `Batch ${stamp.batchId} of depth ${stamp.depth}${since}.`;
  return { code: WITHHELD_CODES[reason], subject: stamp.batchId, detail };
}
