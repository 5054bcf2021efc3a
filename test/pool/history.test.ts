import { expect, it } from 'vitest';
import { type Depth, depth } from '../../src/domain/units.ts';
import { readHistory } from '../../src/pool/history.ts';
import type { HistoryRow } from '../../src/store/history-store.ts';
import { seconds, T0 } from '../builders.ts';

const SMALL = depth(17);
const MEDIUM = depth(20);
const MINUTES = 60;

const aRow = (minute: number, of: Depth, wishes: Partial<HistoryRow> = {}): HistoryRow => ({
  stepSeconds: 60,
  at: seconds(60 * minute),
  depth: of,
  available: 2,
  target: 3,
  acquired: 0,
  refused: 0,
  ...wishes,
});

/** The last hour, read in the middle of the minute 60. */
const read = async (
  rows: readonly HistoryRow[],
  levels: { depth: Depth; available: number; target: number }[],
) => {
  const asked: unknown[] = [];
  const store = {
    rows: async (range: unknown) => {
      asked.push(range);
      return rows;
    },
    depths: async () => [],
    lastSampledAt: async () => null,
    version: async () => 1,
    write: async () => true,
  };
  const history = await readHistory(store, { window: 'hour', at: seconds(60 * MINUTES + 30), levels });
  return { asked, history, pointsOf: (of: Depth) => history.depths.find((one) => one.depth === of)?.points };
};

it('has a point of every step, from the oldest to the one in progress', async () => {
  const { asked, history, pointsOf } = await read([], [{ depth: SMALL, available: 1, target: 2 }]);
  expect(asked).toEqual([{ stepSeconds: 60, from: seconds(60), to: seconds(3600) }]);
  expect([history.from, history.to, history.stepSeconds]).toEqual([seconds(60), seconds(3630), 60]);
  expect(pointsOf(SMALL)?.map(({ at }) => at)).toEqual(
    Array.from({ length: MINUTES }, (_, n) => seconds(60 * (n + 1))),
  );
});

it('counts the present level in the last step only: the lowest of it and what was sampled, and its target', async () => {
  const rows = [aRow(58, SMALL), aRow(59, SMALL), aRow(60, SMALL, { available: 1, acquired: 4, refused: 5 })];
  const last = async (available: number) =>
    (await read(rows, [{ depth: SMALL, available, target: 9 }])).pointsOf(SMALL)?.slice(-2);
  const before = { at: seconds(3540), available: 2, target: 3, acquired: 0, refused: 0 };
  const ofLast = { at: seconds(3600), target: 9, acquired: 4, refused: 5 };
  expect(await last(0)).toEqual([before, { ...ofLast, available: 0 }]);
  expect(await last(7)).toEqual([before, { ...ofLast, available: 1 }]);
  const unsampled = await read([], [{ depth: SMALL, available: 7, target: 9 }]);
  expect(unsampled.pointsOf(SMALL)?.at(-1)).toMatchObject({ available: 7, target: 9 });
});

it('has no level of a step in which the service did not run, and none in stock of a depth without a row', async () => {
  const rows = [
    aRow(10, SMALL),
    aRow(10, MEDIUM, { depth: MEDIUM }),
    aRow(11, SMALL),
    aRow(12, SMALL, { available: null, refused: 3 }),
  ];
  const { pointsOf } = await read(rows, []);
  const of = (at: Depth, minute: number) =>
    pointsOf(at)?.find((point) => point.at.getTime() === T0.getTime() + minute * 60_000);
  expect([10, 11, 12, 13].map((minute) => of(MEDIUM, minute))).toMatchObject([
    { available: 2, target: 3 },
    { available: 0, target: 0 },
    { available: null, target: null },
    { available: null, target: null },
  ]);
  expect(of(SMALL, 12)).toMatchObject({ available: null, target: null, acquired: 0, refused: 3 });
  expect(pointsOf(SMALL)?.at(-1)).toMatchObject({ available: 0, target: 0 });
});

it('has the present level and target of each depth', async () => {
  const { pointsOf } = await read(
    [],
    [
      { depth: MEDIUM, available: 4, target: 5 },
      { depth: SMALL, available: 1, target: 2 },
    ],
  );
  expect([SMALL, MEDIUM].map((of) => pointsOf(of)?.at(-1))).toMatchObject([
    { available: 1, target: 2 },
    { available: 4, target: 5 },
  ]);
});
