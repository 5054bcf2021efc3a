import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StockSnapshot } from '../../src/domain/reserve.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { Levels } from '../../src/signals/levels.ts';
import type { Store } from '../../src/store/store.ts';
import { aCaller, T0 } from '../builders.ts';
import { Prng } from '../simulation/prng.ts';
import { lateStore } from '../store/late-store.ts';
import { foreignBatches, stocked } from '../virtual/stocked.ts';
import { aPolicy } from '../virtual/world.ts';

const SMALL = depth(17);
const policy = aPolicy({ targets: new Map([[SMALL, 0]]) });

/** This number of small stamps that may be acquired. */
const stockOf = (count: number): StockSnapshot['depths'] => [
  { depth: SMALL, available: count, onOrder: 0, tooShortLived: 0, withheld: [] },
];

/** The levels of a store with 10 small stamps at revision 7, which then has what `now` says. */
function levelsOf(
  now: StockSnapshot = { revision: 7, depths: stockOf(10) },
  processes: 'one' | 'several' = 'one',
) {
  const counted: number[] = [];
  const soon: number[] = [];
  const levels = new Levels(
    { revision: 7, depths: stockOf(10) },
    {
      policy,
      readSnapshot: async () => {
        counted.push(now.revision);
        return now;
      },
      now: () => T0,
      ...(processes === 'several' && { countSoon: ({ revision }) => soon.push(revision) }),
    },
  );
  return { levels, counted, soon, available: () => levels.current.totalAvailable };
}

describe('levels', () => {
  it('follow each acquisition without counting the stock again', async () => {
    const { levels, counted, available } = levelsOf();
    await levels.take(8, [SMALL, SMALL]);
    expect(available()).toBe(8);
    await levels.take(9, []);
    await levels.take(10, [SMALL]);
    expect([available(), counted]).toEqual([7, []]);
  });

  it('ignore a commit that is in them already', async () => {
    const { levels, available } = levelsOf();
    levels.replace({ revision: 9, depths: stockOf(4) });
    await levels.take(8, [SMALL]);
    levels.replace({ revision: 8, depths: stockOf(5) });
    expect(available()).toBe(4);
  });

  it('count the stock again if a commit is missing, before the acquisition is answered', async () => {
    const { levels, counted, available } = levelsOf({ revision: 10, depths: stockOf(3) });
    await levels.take(9, [SMALL]);
    expect([available(), counted]).toEqual([3, [10]]);
  });

  it('let an acquisition not wait for the count, with several processes', async () => {
    const { available, levels, counted, soon } = levelsOf({ revision: 12, depths: stockOf(3) }, 'several');
    await levels.take(9, [SMALL]);
    expect([available(), levels.revision, counted, soon]).toEqual([9, 7, [], [9]]);
    await levels.recount();
    await levels.take(11, [SMALL]); // it is in the count
    await levels.take(13, [SMALL]);
    expect([available(), levels.revision, soon]).toEqual([2, 13, [9]]);
  });

  it('keep what is newer than a count that was asked for', async () => {
    const { levels, available } = levelsOf({ revision: 8, depths: stockOf(9) });
    const counting = levels.recount();
    levels.replace({ revision: 9, depths: stockOf(2) });
    await counting;
    expect(available()).toBe(2);
  });

  it('are those of a database that was restored, when they are counted again', async () => {
    const { levels, available } = levelsOf({ revision: 3, depths: stockOf(6) });
    await levels.take(8, [SMALL]);
    await levels.recount();
    expect([levels.revision, available()]).toEqual([3, 6]);
    await levels.take(4, [SMALL]);
    expect([levels.revision, available()]).toEqual([4, 5]);
  });

  it('are counted again when time has passed, at the same revision', async () => {
    const { levels, available } = levelsOf({ revision: 7, depths: stockOf(6) });
    await levels.recount();
    expect(available()).toBe(6);
  });

  it('are sent to watchers when they change, and only then', async () => {
    const { levels } = levelsOf();
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { totalAvailable } of levels.watch()) {
        seen.push(totalAvailable);
        if (totalAvailable === 5) return;
      }
    })();
    const next = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await next();
    levels.replace({ revision: 8, depths: stockOf(10) });
    await next();
    levels.replace({ revision: 9, depths: stockOf(5) });
    await watching;
    expect(seen).toEqual([10, 5]);
  });

  it('are those of the newest commit, in whatever order commits arrive', async () => {
    const kinds = fc.array(fc.oneof(fc.constant('write'), fc.integer({ min: 0, max: 2 })), { maxLength: 12 });
    const property = fc.asyncProperty(kinds, fc.infiniteStream(fc.nat()), async (commits, order) => {
      let left = 30;
      const history = commits.map((kind, index) => {
        left -= kind === 'write' ? -1 : kind;
        return { kind, left, revision: 8 + index };
      });
      const last = history.at(-1) ?? { revision: 7, left: 30 };
      const levels = new Levels(
        { revision: 7, depths: stockOf(30) },
        {
          policy,
          readSnapshot: async () => ({ revision: last.revision, depths: stockOf(last.left) }),
          now: () => T0,
        },
      );
      const crossed = history
        .map((commit) => ({ commit, rank: order.next().value }))
        .toSorted((a, b) => a.rank - b.rank);
      for (const { commit } of crossed) {
        const { revision, kind, left: stampsLeft } = commit;
        if (kind === 'write') levels.replace({ revision, depths: stockOf(stampsLeft) });
        else
          await levels.take(
            revision,
            Array.from({ length: kind }, () => SMALL),
          );
      }
      expect(levels.current.totalAvailable).toBe(last.left);
    });
    await expect(fc.assert(property, { numRuns: 200 })).resolves.toBeUndefined();
  });
});

describe('levels behind a store that answers 0 to 10 ms late', () => {
  it('are right after each of 120 acquisitions, while the reconciler writes and counts', async () => {
    const ACQUISITIONS = 120;
    await using world = await stocked({ 17: ACQUISITIONS });
    await world.stop();
    world.adopt(foreignBatches(world.simulator, { 20: 60 }));
    world.set({
      targets: new Map([
        [SMALL, ACQUISITIONS],
        [depth(20), 60],
      ]),
      maxPrice: plur(1n), // nothing is bought: the count of small stamps is known
    });
    const prng = new Prng(1, 0);
    const wait = (ms: number): Promise<void> => sleep(ms);
    const around = (store: Store): Store => lateStore(store, { random: () => prng.fraction(), wait }).store;
    const { pool, levels } = (await world.start({ around })).engine;
    const small = (): number | undefined =>
      levels.current.depths.find((level) => level.depth === SMALL)?.available;
    const readings: (number | undefined)[] = [];
    for (let count = 0; count < ACQUISITIONS; count++) {
      // One step for each: virtual time must not pass so fast that the stamps expire.
      const reconciling = world.step();
      await pool.acquire({ depth: 17, allowLarger: false }, aCaller('client'));
      readings.push(small());
      await reconciling;
    }
    expect(readings).toEqual(Array.from({ length: ACQUISITIONS }, (_, count) => ACQUISITIONS - 1 - count));
    expect(levels.current.totalAvailable).toBeGreaterThan(0); // the reconciler did write: it has adopted
  });
});
