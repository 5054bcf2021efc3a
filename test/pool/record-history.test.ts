import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Depth, depth } from '../../src/domain/units.ts';
import { HISTORY_WINDOWS, readHistory } from '../../src/pool/history.ts';
import { recordHistory, recordSample } from '../../src/pool/record-history.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { Levels } from '../../src/signals/levels.ts';
import { momentOf } from '../../src/store/moment.ts';
import { type Demand, type Store, StoreFailedError } from '../../src/store/store.ts';
import { aStamp, T0 } from '../builders.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { add } from '../contracts/store-steps.ts';
import { Prng } from '../simulation/prng.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { withMembers } from '../store/with-members.ts';
import { quiet } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let opened: OpenedStore;
let clock: VirtualClock;
beforeEach(async () => {
  opened = await temporarySqliteStore();
  clock = new VirtualClock(new Date('2026-06-01T00:00:30Z'));
});
afterEach(() => opened.cleanUp());

const levelsOf = (available: number) => ({
  at: new Date(0),
  depths: [
    {
      depth: depth(17),
      target: 3,
      available,
      onOrder: 0,
      surplus: 0,
      low: false,
      withheld: [],
      tooShortLived: 0,
    },
  ],
  totalAvailable: available,
  low: false,
});

class TestLevels {
  current: ReturnType<typeof levelsOf>;
  #notify: (() => void) | null = null;

  constructor(available: number) {
    this.current = levelsOf(available);
  }

  get listening(): boolean {
    return this.#notify !== null;
  }

  onChange(listener: () => void): () => void {
    this.#notify = listener;
    return () => {
      this.#notify = null;
    };
  }

  become(available: number): void {
    this.current = levelsOf(available);
    this.#notify?.();
  }

  async recount(): Promise<void> {}
}

const allRows = async ({ history }: Store) =>
  (
    await Promise.all(
      [60, 900, 3600].map((stepSeconds) =>
        history.rows({ stepSeconds, from: new Date(0), to: new Date(8e15) }),
      ),
    )
  ).flat();

it('a history has the depths with a target, and those with rows', async () => {
  const at = clock.now();
  const former = levelsOf(2).depths.map((level) => ({ ...level, depth: depth(19), target: 0 }));
  const levels = { current: { ...levelsOf(2), depths: former } };
  await recordSample({ store: opened.store, levels, clock });
  const now = [17, 18, 20].map((of, index) => ({ depth: depth(of), available: 2, target: index }));
  const { depths } = await readHistory(opened.store.history, { window: 'hour', at, levels: now });
  expect(depths.map((one) => one.depth)).toEqual([18, 19, 20]);
});

describe('the recorder of the history', () => {
  it('gives a sample up when other replicas have recorded meanwhile five times', async () => {
    let attempts = 0;
    const write = async (): Promise<boolean> => {
      attempts += 1;
      return false;
    };
    const history = withMembers(opened.store.history, { write });
    const store = { history, demandSince: async () => [] };
    await recordSample({ store, clock, levels: new TestLevels(3) });
    expect([attempts, await allRows(opened.store)]).toEqual([5, []]);
  });

  it('samples at the start, then at the start of every minute, and what was lowest in between, and ends at once', async () => {
    const levels = new TestLevels(3);
    const incidents = new Incidents({ log: () => {}, count: () => {} }, clock);
    const recorder = recordHistory({ store: opened.store, levels, clock, incidents });
    await quiet();
    levels.become(1);
    expect(clock.nextWakeMs).toBe(30_000);
    clock.advanceTo(30_000);
    await quiet();
    expect(clock.nextWakeMs).toBe(90_000);
    levels.become(0);
    levels.become(2);
    clock.advanceTo(90_000);
    await quiet();
    await recorder[Symbol.asyncDispose]();
    const minutes = (await allRows(opened.store)).filter(({ stepSeconds }) => stepSeconds === 60);
    expect(minutes.map(({ at, available }) => [at.toISOString().slice(11, 16), available])).toEqual([
      ['00:00', 1],
      ['00:01', 0],
      ['00:02', 2],
    ]);
    expect(clock.nextWakeMs).toBe(Infinity);
    expect(levels.listening).toBe(false);
  });

  it('counts the levels every minute, so that subscribers see a stamp that has become too short-lived between two runs', async () => {
    const { store } = opened;
    const ownClock = new VirtualClock(T0);
    await add(store, aStamp({ ttlHours: 12.01 }));
    const policy = aPolicy({ targets: new Map([[depth(17), 1]]) });
    const now = () => ownClock.now();
    const readSnapshot = () => store.snapshot(momentOf(policy, now()));
    const levels = new Levels(await readSnapshot(), { policy, readSnapshot, now });
    const incidents = new Incidents({ log: () => {}, count: () => {} }, ownClock);
    await using recorder = recordHistory({ store, levels, clock: ownClock, incidents });
    expect([recorder === null, levels.current.totalAvailable]).toEqual([false, 1]);
    const seen: number[] = [];
    levels.onChange(() => void seen.push(levels.current.totalAvailable));
    await quiet();
    ownClock.advanceTo(MINUTE_MS);
    await quiet();
    expect(seen).toEqual([0]);
  });

  it('reports that the store fails, and goes on when it works again', async () => {
    let works = false;
    const { store } = opened;
    const failing: Pick<Store, 'history' | 'demandSince'> = {
      history: store.history,
      demandSince: async (since) => {
        if (works) return await store.demandSince(since);
        throw new StoreFailedError('disk I/O error');
      },
    };
    const incidents = new Incidents({ log: () => {}, count: () => {} }, clock);
    const levels = new TestLevels(3);
    await using recorder = recordHistory({ store: failing, levels, clock, incidents });
    expect(recorder).toBeDefined();
    await quiet();
    works = true;
    clock.advanceTo(30_000);
    await quiet();
    expect(incidents.recent()).toMatchObject([
      { code: 'HISTORY_FAILED', count: 1, message: expect.stringMatching(/disk I\/O error$/) },
    ]);
    expect((await allRows(store)).map(({ at }) => at.getUTCMinutes())).toEqual([1, 0, 0]);
  });
});

describe('two recorders', () => {
  it('count each acquisition once, and keep the lowest level', async () => {
    const hour = new Date('2026-06-01T00:00:00Z');
    let count = 0;
    const store: Pick<Store, 'history' | 'demandSince'> = {
      history: opened.store.history,
      // more is acquired while the two record
      demandSince: async () => [{ hour, depth: depth(17), outcome: 'met', count: (count += 3) }],
    };
    for (let minute = 0; minute < 5; minute++) {
      await Promise.all(
        [1, 2].map((available) => recordSample({ store, levels: { current: levelsOf(available) }, clock })),
      );
      clock.advanceTo(clock.monotonicMs() + MINUTE_MS);
    }
    const rows = await allRows(opened.store);
    const sums = [60, 900, 3600].map((stepSeconds) =>
      rows.filter((row) => row.stepSeconds === stepSeconds).reduce((sum, { acquired }) => sum + acquired, 0),
    );
    expect(new Set(sums).size).toBe(1);
    expect(rows.map(({ available }) => available)).toEqual(rows.map(() => 1));
  });
});

describe('a month of history', () => {
  it('stays within its bound, and has every acquisition and refusal of the last eight days', async () => {
    const prng = new Prng(7, 0);
    const demand: Demand[] = [];
    const ask = (ofDepth: Depth, outcome: Demand['outcome']): void => {
      const hour = new Date(Math.floor(clock.now().getTime() / HOUR_MS) * HOUR_MS);
      const same = demand.findIndex(
        (row) => row.hour.getTime() === hour.getTime() && row.depth === ofDepth && row.outcome === outcome,
      );
      const count = (demand[same]?.count ?? 0) + 1;
      if (same >= 0) demand.splice(same, 1);
      demand.push({ hour, depth: ofDepth, outcome, count });
    };
    const store: Pick<Store, 'history' | 'demandSince'> = {
      history: opened.store.history,
      demandSince: async (since) => demand.filter(({ hour }) => hour >= since),
    };
    const month = 30 * 24 * HOUR_MS;
    /** Outages of up to five hours; else denser towards the end, when all lengths of step are full. */
    const pauseMs = (leftMs: number): number => {
      if (leftMs < 2.5 * HOUR_MS) return MINUTE_MS;
      if (prng.fraction() < 0.02) return 5 * HOUR_MS * prng.fraction();
      return leftMs < 8 * 24 * HOUR_MS ? 50 * MINUTE_MS : 3 * HOUR_MS;
    };
    while (clock.monotonicMs() < month) {
      ask(depth(17), prng.fraction() < 0.1 ? 'exhausted' : 'met');
      ask(depth(17 + Math.floor(prng.fraction() * 60)), 'exhausted');
      await recordSample({ store, levels: { current: levelsOf(2) }, clock });
      clock.advanceTo(clock.monotonicMs() + pauseMs(month - clock.monotonicMs()));
    }
    const rows = await allRows(opened.store);
    expect(new Set(rows.map((row) => row.depth)).size).toBe(21);
    const steps = 121 + 193 + 193;
    expect(rows.length).toBeLessThanOrEqual(steps * 21);
    expect(rows.filter((row) => row.stepSeconds === 60 && row.depth === 17).length).toBeGreaterThan(100);

    const at = clock.now();
    await recordSample({ store, levels: { current: levelsOf(2) }, clock });
    const history = await readHistory(opened.store.history, {
      window: 'week',
      at,
      levels: levelsOf(2).depths,
    });
    const points = history.depths.find((one) => one.depth === 17)?.points ?? [];
    expect(points).toHaveLength(HISTORY_WINDOWS.week.steps);
    const counted = (outcome: Demand['outcome']): number =>
      demand
        .filter((row) => row.depth === 17 && row.outcome === outcome && row.hour >= history.from)
        .reduce((sum, { count }) => sum + count, 0);
    expect(points.reduce((sum, { acquired }) => sum + acquired, 0)).toBe(counted('met'));
    expect(points.reduce((sum, { refused }) => sum + refused, 0)).toBe(counted('exhausted'));
  });
});
