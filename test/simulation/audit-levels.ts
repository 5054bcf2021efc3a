import type { DepthLevel } from '../../src/domain/reserve.ts';
import { type AuditContext, targetOf } from './audit-context.ts';
import { isReady } from './disk.ts';
import { Violation } from './violation.ts';

/** The levels are as of the last run or acquisition: they may include stamps that fell below the promised time to live since. */
const MIN_AGE_MS = 1_000_000;
/** A run is late by a back-off or a slow node. */
const LATE_MS = 400_000;

/** Rule 8: the published levels agree with the disk. `ageMs`: how old they may be. */
export function auditLevels(
  { world, disk, clock }: AuditContext,
  ageMs = Math.max(MIN_AGE_MS, world.policy.runIntervalSeconds * 1000 + LATE_MS),
  service = world.service,
): void {
  if (service === null) return;
  const { depths, totalAvailable, low } = service.engine.levels.current;
  const { targets, acquireMinTtlSeconds, lowReserveThreshold } = world.policy;
  const promisedMs = clock.nowMs + acquireMinTtlSeconds * 1000;
  const ready = [...disk.read().stamps.values()].filter(isReady);
  const count = (of: number, expiresFromMs: number): number =>
    ready.filter(({ depth, expiresAt }) => depth === of && (expiresAt ?? 0) >= expiresFromMs).length;
  for (const size of new Set([...targets.keys(), ...ready.map(({ depth }) => depth)])) {
    const level = depths.find(({ depth }) => depth === size);
    const published = level?.available ?? 0;
    if (isOfAnotherNode(level) && published === 0) continue; // that is recorded with the node, not with its stamps
    const [least, most] = [count(size, promisedMs), count(size, promisedMs - ageMs)];
    if (published < least || published > most)
      throw new Violation(
        8,
        `depth ${size} is published with ${published} available, and has ${least} to ${most}`,
      );
  }
  const live = [...disk.read().stamps.values()].filter(
    ({ state }) => state === 'available' || state === 'propagating',
  );
  for (const { depth, withheld } of depths) {
    if (isOfAnotherNode({ withheld })) continue;
    const counted = withheld.flatMap(({ reason, count: many }) => Array.from({ length: many }, () => reason));
    const found = live.flatMap((one) => (one.depth === depth && one.withheld !== null ? one.withheld : []));
    if (counted.toSorted().join() !== found.toSorted().join())
      throw new Violation(
        8,
        `depth ${depth} is published as withholding ${counted.join()}, and withholds ${found.join()}`,
      );
  }
  for (const { depth, target, available, surplus, low: isLow } of depths) {
    if (target !== targetOf({ world }, depth))
      throw new Violation(8, `depth ${depth} is published with a target of ${target}`);
    if (surplus !== Math.max(0, available - target))
      throw new Violation(
        8,
        `depth ${depth} is published with a surplus of ${surplus}: ${available} of ${target}`,
      );
    if (isLow !== (available <= lowReserveThreshold && available < target))
      throw new Violation(
        8,
        `depth ${depth} is published as ${isLow ? 'low' : 'well'}: ${available} of ${target}`,
      );
  }
  const sum = depths.reduce((total, { available }) => total + available, 0);
  if (totalAvailable !== sum || low !== depths.some((level) => level.low))
    throw new Violation(
      8,
      `${totalAvailable} are published as available in total, low ${low}, which the depths contradict`,
    );
}

/** Another node answers in place of the one that owns the stock. */
const isOfAnotherNode = (level: Pick<DepthLevel, 'withheld'> | undefined): boolean =>
  level?.withheld.some(({ reason }) => reason === 'node_changed') ?? false;

/** Rule 8: the list contains every acquirable stamp once, the earliest expiry first. */
export function auditList({ world, disk, clock }: AuditContext, listed: readonly string[]): void {
  if (clock.isPending) return;
  const promisedMs = clock.nowMs + world.policy.acquireMinTtlSeconds * 1000;
  const ready = [...disk.read().stamps.values()]
    .filter(isReady)
    .filter(({ expiresAt }) => (expiresAt ?? 0) >= promisedMs)
    .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || (a.batchId < b.batchId ? -1 : 1))
    .map(({ batchId }) => batchId);
  if (ready.join() !== listed.join())
    throw new Violation(8, `listed are ${listed.join(', ')}, and there are ${ready.join(', ')}`);
}
