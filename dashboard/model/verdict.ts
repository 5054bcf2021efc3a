// Pure: what an operator should know first.
import type { DashboardQuery, LevelFragment } from '../generated/operations.ts';
import { counted, listed } from './format.ts';

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'bad' | 'info';
  /** Whether clients get their stamps. */
  readonly headline: string;
  /** What stands in the way, or what happens next. */
  readonly details: readonly string[];
}

export function verdictOf({ enabled, depths, nodes, totalAvailable }: DashboardQuery['poolStatus']): Verdict {
  if (!enabled)
    return {
      tone: 'info',
      headline: 'The pool is disabled',
      details: ['It gives out no stamp and calls no node. STAMP_POOL_ENABLED=true enables it.'],
    };
  const details = nodes.flatMap(({ name, reachable, fresh, staleReason }) => {
    if (!reachable) return [`Node ${name} does not answer: nothing is bought.`];
    return fresh
      ? []
      : [`Node ${name} is not current, so nothing is bought: ${staleReason ?? 'its state is not known'}.`];
  });
  if (nodes.length === 0) details.push('The node was not observed yet.');
  const wanted = depths.filter(({ target }) => target > 0);
  const empty = wanted.filter(({ available }) => available === 0);
  const low = wanted.filter((level) => level.low);
  const behind = wanted.filter(({ available, target }) => available < target);
  const onOrder = depths.reduce((sum, level) => sum + level.onOrder, 0);
  if (behind.length > 0)
    details.push(
      onOrder > 0 ? `${counted(onOrder, 'stamp')} on order.` : 'Nothing is on order: see the last run.',
    );
  if (empty.length > 0) return { tone: 'bad', headline: `No ${namesOf(empty)} stamp is in stock`, details };
  if (low.length > 0)
    return { tone: 'warn', headline: `The reserve of ${namesOf(low)} stamps is low`, details };
  if (behind.length > 0)
    return { tone: 'info', headline: `The reserve of ${namesOf(behind)} stamps is filling`, details };
  if (wanted.length === 0)
    return { tone: 'info', headline: 'No depth has a target, so nothing is bought', details };
  const tone = details.length > 0 ? 'warn' : 'good';
  return {
    tone,
    headline: `Every target is met: ${counted(totalAvailable, 'stamp')} can be acquired`,
    details,
  };
}

const namesOf = (levels: readonly LevelFragment[]): string => listed(levels.map(({ sizeName }) => sizeName));
