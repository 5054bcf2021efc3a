import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/domain/durations.ts';
import { type Depth, depth } from '../../src/domain/units.ts';
import {
  changeableAt,
  type HistorySample,
  keptAt,
  rowsOfSample,
  type SavedHistory,
  uncountedSince,
} from '../../src/pool/history-rows.ts';
import type { HistoryRow } from '../../src/store/history-store.ts';
import type { Demand } from '../../src/store/store.ts';
import { hours, seconds, T0 } from '../builders.ts';

const SMALL = depth(17);

const demand = (count: number, wishes: Partial<Demand> = {}): Demand => ({
  hour: T0,
  depth: SMALL,
  outcome: 'met',
  count,
  ...wishes,
});

const aSample = (at: Date, wishes: Partial<HistorySample> = {}): HistorySample => ({
  at,
  levels: [{ depth: SMALL, available: 2, target: 3 }],
  since: null,
  demand: [],
  ...wishes,
});

const NONE: SavedHistory = { lastAt: null, depths: [], rows: [] };

/** What is on disk after these samples, without anything pruned. */
function after(samples: readonly HistorySample[], saved: SavedHistory = NONE): readonly HistoryRow[] {
  const table = new Map<string, HistoryRow>();
  let { lastAt } = saved;
  for (const sample of samples) {
    const depths = new Set<Depth>([...table.values()].map((row) => row.depth));
    for (const row of rowsOfSample(sample, { lastAt, depths: [...depths], rows: [...table.values()] }))
      table.set(`${row.stepSeconds} ${row.at.getTime()} ${row.depth}`, row);
    lastAt = sample.at;
  }
  return [...table.values()];
}

const byStep = (rows: readonly HistoryRow[], stepSeconds: number) =>
  rows
    .filter((row) => row.stepSeconds === stepSeconds)
    .map(({ at, available, acquired, refused }) => [at, available, acquired, refused]);

describe('the rows of the history', () => {
  it('have the lowest sampled level and the newest target of each length of step', () => {
    const level = (available: number, target: number) => [{ depth: SMALL, available, target }];
    const rows = after([
      aSample(T0, { levels: level(2, 3) }),
      aSample(seconds(60), { levels: level(1, 3) }),
      aSample(seconds(900), { levels: level(3, 4) }),
    ]);
    expect(byStep(rows, 60).map(([at, available]) => [at, available])).toEqual([
      [T0, 2],
      [seconds(60), 1],
      [seconds(900), 3],
    ]);
    expect(byStep(rows, 900).map(([at, available]) => [at, available])).toEqual([
      [T0, 1],
      [seconds(900), 3],
    ]);
    expect(rows.find(({ stepSeconds }) => stepSeconds === 3600)).toMatchObject({ available: 1, target: 4 });
  });

  it('have the target of their own depth, and none for a depth that is not bought', () => {
    const levels = [
      { depth: depth(20), available: 1, target: 5 },
      { depth: SMALL, available: 2, target: 3 },
    ];
    const asked = [17, 20, 22].map((of) => demand(1, { depth: depth(of), hour: hours(-1) }));
    const rows = after([aSample(T0, { levels, demand: asked })]);
    expect(new Set(rows.map((row) => `${row.depth}: ${row.target}`))).toEqual(
      new Set(['17: 3', '20: 5', '22: 0']),
    );
    expect(byStep(rows, 3600).map(([at]) => at)).toEqual([hours(-1), hours(-1), hours(-1), T0, T0]);
  });

  it('have the lowest level between two samples in the steps of the first one', () => {
    const rows = after([
      aSample(T0),
      aSample(seconds(60), { since: { at: seconds(1), lowest: new Map([[SMALL, 0]]) } }),
    ]);
    expect(byStep(rows, 60).map(([at, available]) => [at, available])).toEqual([
      [T0, 0],
      [seconds(60), 2],
    ]);
    expect(byStep(rows, 3600)).toEqual([[T0, 0, 0, 0]]);
  });

  it('count demand in the minute after which the sample before was taken', () => {
    const rows = after([
      aSample(T0, { demand: [demand(1)] }),
      aSample(seconds(60), { demand: [demand(3), demand(2, { outcome: 'exhausted' })] }),
      aSample(seconds(120), {
        demand: [demand(3), demand(2, { outcome: 'exhausted' }), demand(4, { outcome: 'met_by_larger' })],
      }),
    ]);
    expect(byStep(rows, 60)).toEqual([
      [T0, 2, 3, 2],
      [seconds(60), 2, 4, 0],
      [seconds(120), 2, 0, 0],
    ]);
    expect(byStep(rows, 3600)).toEqual([[T0, 2, 7, 2]]);
  });

  it('count the last demand of an hour in that hour, and the first of the next one in the next', () => {
    const last = seconds(59 * 60);
    const rows = after([
      aSample(last, { demand: [demand(1)] }),
      aSample(hours(1), { demand: [demand(5), demand(2, { hour: hours(1) })] }),
    ]);
    expect(byStep(rows, 60)).toEqual([
      [last, 2, 5, 0],
      [hours(1), 2, 2, 0],
    ]);
    expect(byStep(rows, 3600)).toEqual([
      [T0, 2, 5, 0],
      [hours(1), 2, 2, 0],
    ]);
  });

  it('count demand of an hour that ended before the last sample at the end of that hour', () => {
    const late = [demand(3, { hour: hours(-1) })];
    const rows = after([aSample(T0), aSample(seconds(60), { demand: late })]);
    expect(byStep(rows, 60)).toEqual([
      [T0, 2, 0, 0],
      [seconds(-60), null, 3, 0],
      [seconds(60), 2, 0, 0],
    ]);
  });

  it('lose no count over a crash, and have no level for the time in which the service did not run', () => {
    const rows = after([
      aSample(T0, { demand: [demand(1)] }),
      aSample(hours(2), { demand: [demand(7), demand(9, { hour: hours(1) })] }),
    ]);
    expect(byStep(rows, 3600)).toEqual([
      [T0, 2, 7, 0],
      [hours(1), null, 9, 0],
      [hours(2), 2, 0, 0],
    ]);
    expect(rows.map(({ target }) => target)).toEqual(rows.map(() => 3));
  });

  it('begin with the demand that was recorded before there was a history, as far as it is kept', () => {
    const rows = after([
      aSample(hours(0), { demand: [-200, -100, 0].map((n) => demand(1, { hour: hours(n) })) }),
    ]);
    expect(byStep(rows, 3600)).toEqual([
      [hours(-100), null, 1, 0],
      [T0, 2, 1, 0],
    ]);
    expect(byStep(rows, 60)).toEqual([[T0, 2, 1, 0]]);
  });

  it('are of the depths with a target and at most 20 others: those with rows, those in stock, those asked for', () => {
    const targets = [17, 20, 22].map((of) => ({ depth: depth(of), available: 1, target: 1 }));
    const surplus = { depth: depth(200), available: 1, target: 0 };
    const asked = (from: number) =>
      Array.from({ length: 30 }, (_, n) => demand(1, { depth: depth(from + n) }));
    const rows = after([
      aSample(T0, { levels: [...targets, surplus], demand: asked(100) }),
      aSample(hours(1), { levels: targets, demand: asked(60) }),
    ]);
    const first = Array.from({ length: 19 }, (_, n) => 100 + n);
    expect([...new Set(rows.map((row) => row.depth))].toSorted((a, b) => a - b)).toEqual([
      17,
      20,
      22,
      ...first,
      200,
    ]);
  });

  it('are not of more depths because more are in stock', () => {
    const levels = Array.from({ length: 30 }, (_, n) => ({ depth: depth(100 + n), available: 1, target: 0 }));
    const lowest = new Map(levels.map((level) => [level.depth, 0]));
    const rows = after([aSample(T0, { levels, since: { at: seconds(-60), lowest } })]);
    expect(new Set(rows.map((row) => row.depth)).size).toBe(20);
  });

  it('are not written for demand that is counted already', () => {
    const asked = [demand(2, { depth: depth(20) })];
    const [first, second] = [aSample(T0, { demand: asked }), aSample(seconds(60), { demand: asked })];
    const once = after([first]);
    const ofDepth = (rows: readonly HistoryRow[]) => rows.filter((row) => row.depth === 20);
    expect(ofDepth(once)).toHaveLength(3);
    expect(ofDepth(rowsOfSample(second, { lastAt: T0, depths: [depth(20)], rows: once }))).toEqual([]);
  });

  it('ignore demand of the future, which a clock that was set back leaves', () => {
    const rows = after([aSample(T0, { demand: [demand(4, { hour: hours(5) })] })]);
    expect(rows.every(({ at, acquired }) => at <= T0 && acquired === 0)).toBe(true);
  });

  it('count the demand of the first hour that is kept, and of none before it', () => {
    const before = [-193, -192].map((n) => demand(1, { hour: hours(n) }));
    expect(byStep(after([aSample(T0, { demand: before })]), 3600)).toEqual([
      [hours(-192), null, 1, 0],
      [T0, 2, 0, 0],
    ]);
    const from = hours(-2);
    const rows = after([aSample(T0, { since: { at: from, lowest: new Map([[SMALL, 0]]) } })]);
    expect(byStep(rows, 60)).toEqual([
      [from, 0, 0, 0],
      [T0, 2, 0, 0],
    ]);
  });

  it('are changed from the step of the last sample on, as far as they are kept', () => {
    const changed = (lastAt: Date | null) => changeableAt(T0, lastAt).map(({ from }) => from);
    const kept = [hours(-2), hours(-48), hours(-192)];
    expect([changed(null), changed(hours(-1000))]).toEqual([kept, kept]);
    expect(changed(seconds(-1))).toEqual([seconds(-60), seconds(-900), hours(-1)]);
    expect(changed(hours(-3))).toEqual([hours(-2), hours(-3), hours(-3)]);
    expect([null, hours(-1000), seconds(-1), T0].map((lastAt) => uncountedSince(T0, lastAt))).toEqual([
      hours(-192),
      hours(-192),
      hours(-1),
      T0,
    ]);
  });

  it('are kept for two hours, two days and eight days, and none of the future', () => {
    const at = new Date(T0.getTime() + 1);
    expect(
      keptAt(at).map(({ stepSeconds, from, to }) => [
        stepSeconds,
        (T0.getTime() - from.getTime()) / HOUR_MS,
        to,
      ]),
    ).toEqual([
      [60, 2, at],
      [900, 48, at],
      [3600, 192, at],
    ]);
  });
});
