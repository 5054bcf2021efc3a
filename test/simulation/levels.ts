import type { DepthLevel } from '../../src/domain/reserve.ts';
import { type Facts, targetOf } from './audit-context.ts';
import { isReady } from './disk.ts';
import { Violation } from './violation.ts';

/** Levels are of the last run or acquisition: what has fallen below the promise since may still be in them. */
const MAX_INTERVAL_MS = 1_000_000;

/** Rule 8: what subscribers are told is what is on disk, and what follows from it. `ageMs`: how old it may be. */
export function checkLevels({ stage, disk, clock }: Facts, ageMs = MAX_INTERVAL_MS): void {
  if (stage.run === null) return;
  const { depths, totalAvailable, low } = stage.run.core.levels.current;
  const { targets, acquireMinTtlSeconds, lowReserveThreshold } = stage.policy;
  const promisedMs = clock.nowMs + acquireMinTtlSeconds * 1000;
  const ready = [...disk.read().stamps.values()].filter(isReady);
  const count = (of: number, expiresFromMs: number): number =>
    ready.filter(({ depth, expiresAt }) => depth === of && (expiresAt ?? 0) >= expiresFromMs).length;
  for (const of of new Set([...targets.keys(), ...ready.map(({ depth }) => depth)])) {
    const level = depths.find(({ depth }) => depth === of);
    const said = level?.available ?? 0;
    if (isOfAnotherNode(level) && said === 0) continue; // which is kept with the node, not with its stamps
    const [least, most] = [count(of, promisedMs), count(of, promisedMs - ageMs)];
    if (said < least || said > most)
      throw new Violation(8, `depth ${of} is said to have ${said}, and has ${least} to ${most}`);
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
        `depth ${depth} is said to withhold ${counted.join()}, and withholds ${found.join()}`,
      );
  }
  for (const { depth, target, available, surplus, low: isLow } of depths) {
    if (target !== targetOf({ stage }, depth))
      throw new Violation(8, `depth ${depth} is said to have a target of ${target}`);
    if (surplus !== Math.max(0, available - target))
      throw new Violation(8, `depth ${depth} is said to have ${surplus} too many: ${available} of ${target}`);
    if (isLow !== (available <= lowReserveThreshold && available < target))
      throw new Violation(
        8,
        `depth ${depth} is said to be ${isLow ? 'low' : 'well'}: ${available} of ${target}`,
      );
  }
  const sum = depths.reduce((total, { available }) => total + available, 0);
  if (totalAvailable !== sum || low !== depths.some((level) => level.low))
    throw new Violation(
      8,
      `${totalAvailable} are said to be there, low ${low}, and the depths say otherwise`,
    );
}

/** Another node answers in place of the one that owns the stock. */
const isOfAnotherNode = (level: Pick<DepthLevel, 'withheld'> | undefined): boolean =>
  level?.withheld.some(({ reason }) => reason === 'node_changed') ?? false;

/** Rule 8: all that may be acquired, each once, the soonest to end first. */
export function checkList({ stage, disk, clock }: Facts, listed: readonly string[]): void {
  if (clock.isPending) return;
  const promisedMs = clock.nowMs + stage.policy.acquireMinTtlSeconds * 1000;
  const ready = [...disk.read().stamps.values()]
    .filter(isReady)
    .filter(({ expiresAt }) => (expiresAt ?? 0) >= promisedMs)
    .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || (a.batchId < b.batchId ? -1 : 1))
    .map(({ batchId }) => batchId);
  if (ready.join() !== listed.join())
    throw new Violation(8, `listed are ${listed.join(', ')}, and there are ${ready.join(', ')}`);
}
