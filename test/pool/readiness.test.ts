import { describe, expect, test } from 'vitest';
import { type ReadinessFacts, readinessOf } from '../../src/pool/readiness.ts';
import { StoreCheck } from '../../src/pool/store-check.ts';
import { watchReadiness } from '../../src/pool/watch-readiness.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';

const HEALTHY: ReadinessFacts = {
  stopping: false,
  writable: true,
  enabled: true,
  available: 1,
  observed: true,
  beeAway: false,
  sinceRunMs: 1000,
  checkIntervalSeconds: 900,
};

/** The names of the checks that fail. */
const failing = (facts: Partial<ReadinessFacts>): readonly string[] => {
  const { ready, checks } = readinessOf({ ...HEALTHY, ...facts });
  const failed = checks.flatMap(({ name, ok }) => (ok ? [] : name));
  expect(ready).toBe(failed.length === 0);
  expect(checks.map(({ name }) => name)).toEqual(['stopping', 'store', 'runs', 'observation']);
  expect(checks.filter(({ why }) => why === '')).toEqual([]);
  return failed;
};

const MINUTES = 60_000;

describe('a process is ready', () => {
  test.each<[string, Partial<ReadinessFacts>]>([
    ['in the ordinary course', {}],
    ['with stock while Bee is away since the start', { observed: false, beeAway: true }],
    ['without stock after a complete observation', { available: 0 }],
    ['with a run three intervals ago', { sinceRunMs: 45 * MINUTES }],
    [
      'with a run five minutes ago, however short the interval',
      { sinceRunMs: 5 * MINUTES, checkIntervalSeconds: 1 },
    ],
    ['with an old run while Bee is away', { sinceRunMs: 600 * MINUTES, beeAway: true }],
    ['if the pool is disabled', { enabled: false, available: 0, observed: false, sinceRunMs: 600 * MINUTES }],
  ])('%s', (_when, facts) => expect(failing(facts)).toEqual([]));
});

describe('a process is not ready', () => {
  test.each<[string, Partial<ReadinessFacts>, string]>([
    ['while it stops', { stopping: true }, 'stopping'],
    ['if the database accepts no writes', { writable: false }, 'store'],
    [
      'if the database accepts no writes and the pool is disabled',
      { writable: false, enabled: false },
      'store',
    ],
    ['with a run more than three intervals ago', { sinceRunMs: 45 * MINUTES + 1 }, 'runs'],
    [
      'with a run more than five minutes ago',
      { sinceRunMs: 5 * MINUTES + 1, checkIntervalSeconds: 1 },
      'runs',
    ],
    ['without stock before the first complete observation', { available: 0, observed: false }, 'observation'],
  ])('%s', (_when, facts, check) => expect(failing(facts)).toEqual([check]));
});

test('a process in which no run ever ends is not ready after three intervals', async () => {
  const clock = new VirtualClock();
  const readiness = watchReadiness({
    enabled: true,
    policy: aPolicy({ checkIntervalSeconds: 900 }),
    clock,
    runs: { onRun: () => () => {}, onRunElsewhere: () => () => {} },
    levels: { current: { at: clock.now(), depths: [], totalAvailable: 1, low: false } },
    storeCheck: new StoreCheck(async () => {}, clock),
  });
  clock.advanceTo(46 * MINUTES);
  const { checks } = await readiness({ stopping: false });
  expect(checks.find(({ name }) => name === 'runs')).toMatchObject({
    ok: false,
    why: 'The last run, or the start, was 2760 s ago: more than 2700 s.',
  });
});
