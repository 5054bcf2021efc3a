import type { Change } from '../domain/change.ts';
import { type FreshObservation, lagBlocks, mayBeImmutable, type SeenStamp } from '../domain/observation.ts';
import type { LiveStamp, ObservedWithheld } from '../domain/stamp.ts';
import type { BatchId, Depth } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';
import type { Evidence, Found } from './evidence.ts';
import { isReported, withheldIncident } from './withheld-incident.ts';

/** Just after a start Bee may list all but its last page of events (docs/bee.md#restart): absence must outlast that. */
const MISSING_BLOCKS = 10;
/** From here on a stamp that is not shown no longer counts as stock, else the pool would starve. */
export const LOST_BLOCKS = 120;
const DAY_SECONDS = 86_400;
/** TTL falls in steps of five blocks: a rise smaller than this is that, not a top-up. A fall always counts. */
const EXPIRY_RISE_MS = 120_000;

/** What the node shows of one live stamp, or that it does not show it. Pure. */
export function settleStamp(stamp: LiveStamp, evidence: Evidence): Found {
  const { seen, blockTimeSeconds } = evidence;
  const shown = seen.stamps.find(({ batchId }) => batchId === stamp.batchId);
  const isGone = stamp.state === 'available' && shown?.usable === false && shown.utilization === 0;
  if (shown === undefined || isGone) return settleMissing(stamp, evidence);
  const withheld: ObservedWithheld | null =
    shown.utilization > 0 || stamp.withheld === 'in_use' ? 'in_use' : null;
  const expiresAt = expiryOf(shown, seen, blockTimeSeconds);
  const changes: Change[] = [];
  if (differs(stamp, shown, withheld) || moved(stamp, expiresAt)) {
    const { batchId, depth, amount } = shown;
    const immutable = shown.immutable ?? stamp.immutable;
    changes.push({ change: 'stampSeen', batchId, depth, amount, immutable, expiresAt, withheld });
  }
  if (stamp.state === 'propagating' && shown.usable && expiresAt !== null) {
    const ttlAtCreationSeconds = Math.max(0, Math.floor((expiresAt.getTime() - seen.at.getTime()) / 1000));
    changes.push({ change: 'stampAvailable', batchId: stamp.batchId, expiresAt, ttlAtCreationSeconds });
  }
  const incidents: IncidentReport[] = [];
  if (withheld === 'in_use' && stamp.withheld !== 'in_use') incidents.push(withheldIncident(stamp, 'in_use'));
  if (shown.depth > stamp.depth) incidents.push(diluted(stamp.batchId, stamp.depth, shown.depth));
  return { changes, incidents };
}

/** We never dilute: a larger depth is the work of somebody else. */
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

function moved(stamp: LiveStamp, expiresAt: Date | null): boolean {
  if (stamp.state !== 'available' || expiresAt === null) return false;
  const risenMs = expiresAt.getTime() - stamp.expiresAt.getTime();
  return risenMs < 0 || risenMs >= EXPIRY_RISE_MS;
}

function settleMissing(stamp: LiveStamp, { seen, blockTimeSeconds }: Evidence): Found {
  const { block } = seen.chain;
  const sinceBlock = stamp.missingSinceBlock ?? block;
  const withheld = withheldAfter(block - sinceBlock, stamp, { block, blockTimeSeconds });
  if (stamp.missingSinceBlock !== null && withheld === stamp.withheld) return { changes: [], incidents: [] };
  const isNew = withheld !== null && withheld !== stamp.withheld && isReported(stamp, withheld, seen.at);
  return {
    changes: [
      {
        change: 'stampMissing',
        batchId: stamp.batchId,
        sinceBlock,
        withheld,
        lastLostAtBlock: withheld === 'lost' && stamp.withheld !== 'lost' ? block : null,
      },
    ],
    incidents: isNew ? [withheldIncident({ ...stamp, missingSinceBlock: sinceBlock }, withheld)] : [],
  };
}

function withheldAfter(
  missingBlocks: number,
  stamp: LiveStamp,
  now: { readonly block: number; readonly blockTimeSeconds: number },
): ObservedWithheld | null {
  if (stamp.withheld === 'in_use' || stamp.withheld === 'lost') return stamp.withheld;
  if (missingBlocks >= LOST_BLOCKS && !wasLostWithinDay(stamp, now)) return 'lost';
  return missingBlocks >= MISSING_BLOCKS ? 'missing' : null;
}

/** Counted in blocks, which no clock moves. A block before the recorded one is of another chain. */
export function wasLostWithinDay(
  { lastLostAtBlock }: Pick<LiveStamp, 'lastLostAtBlock'>,
  { block, blockTimeSeconds }: { readonly block: number; readonly blockTimeSeconds: number },
): boolean {
  if (lastLostAtBlock === null || block < lastLostAtBlock) return false;
  return block - lastLostAtBlock < DAY_SECONDS / blockTimeSeconds;
}

/** The node's TTL is as of its synced block, not of now (docs/bee.md#ttl). */
export function expiryOf(
  stamp: SeenStamp,
  { at, chain }: FreshObservation,
  blockTimeSeconds: number,
): Date | null {
  if (stamp.ttlSeconds === null) return null;
  return new Date(at.getTime() + (stamp.ttlSeconds - lagBlocks(chain) * blockTimeSeconds) * 1000);
}
