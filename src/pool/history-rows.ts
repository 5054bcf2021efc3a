import { DAY_SECONDS, daysBefore, HOUR_MS, HOUR_SECONDS } from '../domain/durations.ts';
import type { DepthLevel } from '../domain/reserve.ts';
import type { Depth } from '../domain/units.ts';
import type { HistoryRange, HistoryRow } from '../store/history-store.ts';
import type { Demand } from '../store/store.ts';

/** What is known when a sample is taken. */
export interface HistorySample {
  readonly at: Date;
  readonly levels: readonly Pick<DepthLevel, 'depth' | 'available' | 'target'>[];
  /** What the levels were in between, at the lowest, and since when; null for the first sample after a start. */
  readonly since: { readonly at: Date; readonly lowest: ReadonlyMap<Depth, number> } | null;
  /** Since `uncountedSince`. */
  readonly demand: readonly Demand[];
}

/** What the earlier samples left on disk. */
export interface SavedHistory {
  /** When the step of the last sample began; null before the first. */
  readonly lastAt: Date | null;
  /** The depths that have rows. */
  readonly depths: readonly Depth[];
  /** Those that `changeableAt` names. */
  readonly rows: readonly HistoryRow[];
}

/**
 * The rows to write for a sample. A sample is added to the rows of every length of step, so nothing is rolled up later.
 *
 * Demand is on disk by hour, committed with the acquisitions. The row of an hour says how much of it the history has
 * already; the rest came after the last sample, and is added to the steps of that one. So a crash loses no count. Pure.
 */
export function rowsOfSample(sample: HistorySample, saved: SavedHistory): readonly HistoryRow[] {
  const { at, levels } = sample;
  const recorded = recordedDepths(sample, saved.depths);
  const before = new Map(saved.rows.map((row) => [keyOf(row), row]));
  const after = new Map<string, HistoryRow>();
  const change = (moment: Date, depth: Depth, changed: (row: HistoryRow) => Partial<HistoryRow>): void => {
    const target = levels.find((level) => level.depth === depth)?.target ?? 0;
    for (const { stepSeconds, from } of keptAt(at)) {
      const step = { stepSeconds, at: startOf(stepSeconds, moment), depth };
      if (step.at < from) continue;
      const row = after.get(keyOf(step)) ?? before.get(keyOf(step)) ?? { ...step, ...EMPTY, target };
      after.set(keyOf(step), { ...row, ...changed(row) });
    }
  };
  for (const { hour, depth, ...total } of totalsByHour(sample.demand)) {
    if (hour > at || !recorded.has(depth)) continue;
    const counted = before.get(keyOf({ stepSeconds: HOUR_SECONDS, at: hour, depth })) ?? EMPTY;
    const acquired = Math.max(0, total.acquired - counted.acquired);
    const refused = Math.max(0, total.refused - counted.refused);
    if (acquired + refused === 0) continue;
    change(momentOf(hour, at, saved.lastAt), depth, (row) => ({
      acquired: row.acquired + acquired,
      refused: row.refused + refused,
    }));
  }
  const atMost = (available: number) => (row: HistoryRow) => ({
    available: Math.min(row.available ?? available, available),
  });
  for (const [depth, lowest] of sample.since?.lowest ?? [])
    if (sample.since && recorded.has(depth)) change(sample.since.at, depth, atMost(lowest));
  for (const { depth, available, target } of levels)
    if (recorded.has(depth)) change(at, depth, (row) => ({ ...atMost(available)(row), target }));
  return [...after.values()];
}

/** The lengths of a step, and how long its rows are kept. The hour must be one of them: it is that of `Demand`. */
const STEPS = [
  { stepSeconds: 60, keptSeconds: 2 * HOUR_SECONDS },
  { stepSeconds: 15 * 60, keptSeconds: 2 * DAY_SECONDS },
  { stepSeconds: HOUR_SECONDS, keptSeconds: 8 * DAY_SECONDS },
] as const;

/** Demand is kept for a year, and a month to look at it. */
const DEMAND_KEPT_DAYS = 396;

export const demandKeptFrom = (at: Date): Date => daysBefore(at, DEMAND_KEPT_DAYS);

/** Clients may ask for any depth. At most this many depths without a target have rows. */
const MAX_OTHER_DEPTHS = 20;

const EMPTY = { available: null, acquired: 0, refused: 0 };

/** The start of the step that contains the moment. */
export const startOf = (stepSeconds: number, moment: Date): Date =>
  new Date(Math.floor(moment.getTime() / (stepSeconds * 1000)) * stepSeconds * 1000);

/** The rows that are kept. Later ones are of a wall clock that was set back since. */
export const keptAt = (at: Date): readonly HistoryRange[] =>
  STEPS.map(({ stepSeconds, keptSeconds }) => ({
    stepSeconds,
    from: new Date(startOf(stepSeconds, at).getTime() - keptSeconds * 1000),
    to: at,
  }));

/** The rows that a sample may change. */
export const changeableAt = (at: Date, lastAt: Date | null): readonly HistoryRange[] =>
  keptAt(at).map((kept) => {
    const last = startOf(kept.stepSeconds, lastAt ?? kept.from);
    return { ...kept, from: last > kept.from ? last : kept.from };
  });

/** From when on there may be demand that is not in the history yet. */
export const uncountedSince = (at: Date, lastAt: Date | null): Date => {
  const ranges = changeableAt(at, lastAt);
  return ranges.find(({ stepSeconds }) => stepSeconds === HOUR_SECONDS)?.from ?? at;
};

const keyOf = ({ stepSeconds, at, depth }: Pick<HistoryRow, 'stepSeconds' | 'at' | 'depth'>): string =>
  `${stepSeconds} ${at.getTime()} ${depth}`;

/** Those with a target, then those that have rows, then those in stock, then those that were asked for. */
function recordedDepths({ levels, demand }: HistorySample, known: readonly Depth[]): ReadonlySet<Depth> {
  const targets = new Set(levels.filter(({ target }) => target > 0).map(({ depth }) => depth));
  const others = new Set([...known, ...[...levels, ...demand].map(({ depth }) => depth)]).difference(targets);
  return new Set([...targets, ...[...others].slice(0, MAX_OTHER_DEPTHS)]);
}

interface HourTotal {
  readonly hour: Date;
  readonly depth: Depth;
  acquired: number;
  refused: number;
}

function totalsByHour(demand: readonly Demand[]): readonly HourTotal[] {
  const totals = new Map<string, HourTotal>();
  for (const { hour, depth, outcome, count } of demand) {
    const key = `${hour.getTime()} ${depth}`;
    const total = totals.get(key) ?? { hour, depth, acquired: 0, refused: 0 };
    totals.set(key, total);
    if (outcome === 'exhausted') total.refused += count;
    else total.acquired += count;
  }
  return [...totals.values()];
}

/** When demand of this hour came that was not counted before: after the last sample, if that was within the hour. */
function momentOf(hour: Date, at: Date, lastAt: Date | null): Date {
  const end = new Date(hour.getTime() + HOUR_MS - 1);
  if (lastAt !== null && lastAt >= hour && lastAt <= end) return lastAt;
  return at <= end ? at : end;
}
