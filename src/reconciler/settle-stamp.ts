import type { Change } from '../domain/change.ts';
import { type FreshObservation, lagBlocks, mayBeImmutable, type SeenStamp } from '../domain/observation.ts';
import type { LiveStamp, Withheld } from '../domain/stamp.ts';
import type { Evidence, Found } from './evidence.ts';

/** Just after a start Bee may list all but its last page of events (docs/bee.md#restart): absence must outlast that. */
const MISSING_BLOCKS = 10;
/** From here on a stamp that is not shown no longer counts as stock, else the pool would starve. */
export const LOST_BLOCKS = 120;
/** TTL falls in steps of five blocks: a rise smaller than this is that, not a top-up. A fall always counts. */
const EXPIRY_RISE_MS = 120_000;

/** What the node shows of one live stamp, or that it does not show it. Pure. */
export function settleStamp(stamp: LiveStamp, evidence: Evidence): Found {
  const { seen, blockTimeSeconds } = evidence;
  const shown = seen.stamps.find(({ batchId }) => batchId === stamp.batchId);
  if (shown === undefined || (stamp.state === 'available' && !shown.usable))
    return settleMissing(stamp, seen);
  const withheld: Withheld | null = shown.utilization > 0 || stamp.withheld === 'in_use' ? 'in_use' : null;
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
  const found = withheld === 'in_use' && stamp.withheld !== 'in_use';
  return {
    changes,
    incidents: found
      ? [{ code: 'STAMP_IN_USE', subject: stamp.batchId, detail: `Batch ${stamp.batchId}.` }]
      : [],
  };
}

const differs = (stamp: LiveStamp, shown: SeenStamp, withheld: Withheld | null): boolean =>
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

function settleMissing(stamp: LiveStamp, { chain, at }: FreshObservation): Found {
  const sinceBlock = stamp.missingSinceBlock ?? chain.block;
  const blocks = chain.block - sinceBlock;
  const withheld = stamp.withheld === 'in_use' ? 'in_use' : withheldAfter(blocks);
  if (stamp.missingSinceBlock !== null && withheld === stamp.withheld) return { changes: [], incidents: [] };
  const over = stamp.state === 'available' && stamp.expiresAt <= at; // then it is no wonder: the plan ends it
  const lost = withheld === 'lost' && stamp.withheld !== 'lost' && !over;
  return {
    changes: [{ change: 'stampMissing', batchId: stamp.batchId, sinceBlock, withheld }],
    incidents: lost
      ? [
          {
            code: 'STAMP_MISSING',
            subject: stamp.batchId,
            detail: `Batch ${stamp.batchId}, not shown for ${blocks} blocks.`,
          },
        ]
      : [],
  };
}

function withheldAfter(missingBlocks: number): Withheld | null {
  if (missingBlocks >= LOST_BLOCKS) return 'lost';
  return missingBlocks >= MISSING_BLOCKS ? 'missing' : null;
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
