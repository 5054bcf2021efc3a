import { expect, test } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import type { HistoryRange, HistoryRow, HistoryStore } from '../../src/store/history-store.ts';
import { aRequest, hours, momentAt, seconds, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';

/** A row of depth 17 with steps of a minute. */
const aRow = (wishes: Partial<HistoryRow> = {}): HistoryRow => ({
  stepSeconds: 60,
  at: T0,
  depth: depth(17),
  available: 3,
  target: 4,
  acquired: 5,
  refused: 6,
  ...wishes,
});

const range = (from: Date, to: Date, stepSeconds = 60): HistoryRange => ({ stepSeconds, from, to });
const ALL = [range(T0, hours(9)), range(T0, hours(9), 3600)];

/** As the only replica. */
const write = async (history: HistoryStore, rows: readonly HistoryRow[], kept = ALL): Promise<void> =>
  expect(await history.write(rows, { kept, demandFrom: T0, version: await history.version() })).toBe(true);

export function keepingHistory(current: () => StoreUnderTest<'history' | 'acquire' | 'demandSince'>): void {
  test('is read by length of step and time, oldest first, also over a restart', async () => {
    const rows = [
      aRow({ at: seconds(60), available: null }),
      aRow({ depth: depth(20) }),
      aRow(),
      aRow({ at: seconds(120) }),
      aRow({ stepSeconds: 3600 }),
    ];
    const { history } = current().store;
    expect(await history.lastSampledAt(hours(9))).toBe(null);
    await write(history, rows);
    const expected = [aRow(), aRow({ depth: depth(20) }), aRow({ at: seconds(60), available: null })];
    expect(await history.rows(range(T0, seconds(119)))).toEqual(expected);
    expect(await history.depths()).toEqual([17, 20]);
    const { history: reopened } = await current().reopen();
    expect(await reopened.rows(range(T0, seconds(119)))).toEqual(expected);
    expect(await reopened.rows(range(T0, T0, 3600))).toEqual([aRow({ stepSeconds: 3600 })]);
    expect(await reopened.lastSampledAt(seconds(119))).toEqual(T0);
    expect(await reopened.lastSampledAt(seconds(120))).toEqual(seconds(120));
  });

  test('has one row per step and depth: the newest one written', async () => {
    const { history } = current().store;
    await write(history, [aRow(), aRow({ depth: depth(20) })]);
    const newer = aRow({ available: null, target: 0, acquired: 9, refused: 8 });
    await write(history, [newer]);
    expect(await history.rows(range(T0, T0))).toEqual([newer, aRow({ depth: depth(20) })]);
  });

  test('is pruned in the same commit, each length of step by itself, of what is too old and of what is in the future', async () => {
    const { history } = current().store;
    const times = [T0, hours(1), hours(2), hours(3)];
    const rows = times.flatMap((at) => [aRow({ at }), aRow({ at, stepSeconds: 3600 })]);
    await write(history, rows);
    await write(history, [], [range(hours(1), hours(2)), range(T0, hours(2), 3600)]);
    const left = async (stepSeconds: number): Promise<readonly Date[]> =>
      (await history.rows(range(T0, hours(9), stepSeconds))).map(({ at }) => at);
    expect(await left(60)).toEqual([hours(1), hours(2)]);
    expect(await left(3600)).toEqual([T0, hours(1), hours(2)]);
  });

  test('is not written by a replica that has not read what another one wrote meanwhile', async () => {
    const { history } = current().store;
    const version = await history.version();
    const [first, second] = await Promise.all(
      [1, 2].map((acquired) => history.write([aRow({ acquired })], { kept: ALL, demandFrom: T0, version })),
    );
    expect(first).toBe(!second);
    const [row] = await history.rows(range(T0, T0));
    expect(row?.acquired).toBe(first ? 1 : 2);
    expect(await history.write([aRow({ acquired: 3 })], { kept: ALL, demandFrom: T0, version })).toBe(false);
    await write(history, [aRow({ acquired: 4 })]);
    expect(await history.rows(range(T0, T0))).toEqual([aRow({ acquired: 4 })]);
  });

  test('forgets the demand of long ago with a write', async () => {
    const { store } = current();
    for (const at of [T0, hours(1), hours(2)]) await store.acquire([aRequest()], momentAt(at));
    const hoursKept = async (): Promise<readonly Date[]> =>
      (await store.demandSince(T0)).map(({ hour }) => hour);
    expect(await hoursKept()).toEqual([T0, hours(1), hours(2)]);
    const { history } = store;
    await history.write([], { kept: ALL, demandFrom: hours(1), version: await history.version() });
    expect(await hoursKept()).toEqual([hours(1), hours(2)]);
  });
}
