// Pure: what an operator should know first.
import type { DashboardQuery, LevelFragment } from '../generated/operations.ts';
import { counted, days, listed } from './format.ts';

export interface Verdict {
  readonly tone: 'good' | 'warn' | 'bad' | 'info';
  /** Whether clients get their stamps. */
  readonly headline: string;
  /** What stands in the way, or what happens next. */
  readonly details: readonly string[];
}

type Status = DashboardQuery['poolStatus'];

export function verdictOf(status: Status): Verdict {
  const { enabled, depths, totalAvailable } = status;
  if (!enabled)
    return {
      tone: 'info',
      headline: 'The pool is disabled',
      details: ['It gives out no stamp and calls no node. STAMP_POOL_ENABLED=true enables it.'],
    };
  const troubles = [...troublesOfNodes(status), ...troublesOfMoney(status), ...troublesToActOn(status)];
  const wanted = depths.filter(({ target }) => target > 0);
  const empty = wanted.filter(({ available }) => available === 0);
  const low = wanted.filter((level) => level.low);
  const behind = wanted.filter(({ available, target }) => available < target);
  const onOrder = depths.reduce((sum, level) => sum + level.onOrder, 0);
  const next =
    onOrder > 0 ? `${counted(onOrder, 'stamp')} on order.` : 'Nothing is on order: see the last run.';
  const details = behind.length > 0 ? [...troubles, next] : troubles;
  const tone = troubles.length > 0 ? 'warn' : 'info';
  if (empty.length > 0) return { tone: 'bad', headline: `No ${namesOf(empty)} stamp is in stock`, details };
  if (low.length > 0)
    return { tone: 'warn', headline: `The reserve of ${namesOf(low)} stamps is low`, details };
  if (behind.length > 0)
    return { tone, headline: `The reserve of ${namesOf(behind)} stamps is filling`, details };
  if (wanted.length === 0) return { tone, headline: 'No depth has a target, so nothing is bought', details };
  return {
    tone: troubles.length > 0 ? 'warn' : 'good',
    headline: `Every target is met: ${counted(totalAvailable, 'stamp')} can be acquired`,
    details,
  };
}

const namesOf = (levels: readonly LevelFragment[]): string => listed(levels.map(({ sizeName }) => sizeName));

function troublesOfNodes({ nodes }: Status): readonly string[] {
  if (nodes.length === 0) return ['The node has not been observed yet.'];
  const follows = nodes.some(({ fresh }) => fresh) ? 'so it buys nothing' : 'so nothing is bought';
  return nodes.flatMap(({ name, reachable, fresh, staleReason }) => {
    if (!reachable) return `Node ${name} does not answer, ${follows}.`;
    if (fresh) return [];
    return `Node ${name} is not current, ${follows}: ${staleReason ?? 'its state is not known'}.`;
  });
}

/** A week is enough to send funds. */
export const SHORT_RUNWAY_DAYS = 7;

const troublesOfMoney = ({ fundsRunwayDays }: Status): readonly string[] =>
  fundsRunwayDays != null && fundsRunwayDays < SHORT_RUNWAY_DAYS
    ? [`The funds last ${days(fundsRunwayDays)}.`]
    : [];

const HOUR_MS = 3_600_000;

/** Incidents that last are repeated every hour. */
function troublesToActOn({ at, errors }: Status): readonly string[] {
  const urgent = errors.filter(
    ({ severity, lastAt }) => severity === 'ERROR' && Date.parse(at) - Date.parse(lastAt) < HOUR_MS,
  );
  if (urgent.length === 0) return [];
  return [
    `${counted(urgent.length, 'incident')} of the last hour ${urgent.length === 1 ? 'needs' : 'need'} action.`,
  ];
}
