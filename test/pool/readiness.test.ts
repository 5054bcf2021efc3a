import { describe, expect, test } from 'vitest';
import { type NodeName, nodeName } from '../../src/domain/units.ts';
import { type ReadinessFacts, readinessOf } from '../../src/pool/readiness.ts';
import { StoreCheck } from '../../src/pool/store-check.ts';
import { watchReadiness } from '../../src/pool/watch-readiness.ts';
import { Runs } from '../../src/signals/runs.ts';
import { NODE } from '../builders.ts';
import { aReport } from '../run-report.ts';
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
  runIntervalSeconds: 900,
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
      { sinceRunMs: 5 * MINUTES, runIntervalSeconds: 1 },
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
    ['with a run more than five minutes ago', { sinceRunMs: 5 * MINUTES + 1, runIntervalSeconds: 1 }, 'runs'],
    ['without stock before the first complete observation', { available: 0, observed: false }, 'observation'],
  ])('%s', (_when, facts, check) => expect(failing(facts)).toEqual([check]));
});

const OTHER = nodeName('other');

/** The checks of a process without stock, and its runs. */
function watched(probe = async (): Promise<void> => {}) {
  const clock = new VirtualClock();
  const runs = new Runs([NODE, OTHER]);
  const readiness = watchReadiness({
    enabled: true,
    policy: aPolicy({ runIntervalSeconds: 900 }),
    clock,
    runs,
    levels: { current: { at: clock.now(), depths: [], totalAvailable: 0, low: false } },
    storeCheck: new StoreCheck(probe, clock),
  });
  const { run } = aReport();
  return {
    ended: (node: NodeName, block: number | null, where: 'end' | 'endedElsewhere' = 'end') =>
      runs.of(node)[where]({ ...run, node: { ...run.node, name: node, block } }),
    afterMinutes: async (minutes: number) => {
      clock.advanceTo(clock.monotonicMs() + minutes * MINUTES);
      const { checks } = await readiness({ stopping: false });
      return checks.filter(({ ok }) => !ok).map(({ name, why }) => `${name}: ${why}`);
    },
  };
}

const UNOBSERVED =
  'observation: No stamp is in stock, and the Bee node was not observed completely since the start.';
const runsOf = (age: number) => `runs: The last run, or the start, was ${age} s ago: more than 2700 s.`;

describe('the readiness of a process', () => {
  test('is lost while the database accepts no write', async () => {
    const { ended, afterMinutes } = watched(() => Promise.reject(new Error('disk full')));
    ended(NODE, 1_000);
    expect(await afterMinutes(1)).toEqual(['store: The database accepts no writes. The log has the cause.']);
  });

  test('is lost three intervals after the start, if no run ends', async () => {
    const { afterMinutes } = watched();
    expect(await afterMinutes(46)).toEqual([runsOf(2760), UNOBSERVED]);
  });

  test('is lost three intervals after the last run, here or elsewhere, while a node answers', async () => {
    const { ended, afterMinutes } = watched();
    expect(await afterMinutes(40)).toEqual([UNOBSERVED]);
    ended(NODE, 1_000);
    ended(OTHER, null);
    expect(await afterMinutes(40)).toEqual([]);
    ended(OTHER, 1_000, 'endedElsewhere');
    ended(NODE, null);
    expect([await afterMinutes(45), await afterMinutes(1)]).toEqual([[], [runsOf(2760)]]);
  });

  test('is not lost by runs that end while no node answers', async () => {
    const { ended, afterMinutes } = watched();
    ended(NODE, null);
    ended(OTHER, null, 'endedElsewhere');
    expect(await afterMinutes(46)).toEqual([UNOBSERVED]);
    ended(NODE, 1_000);
    expect(await afterMinutes(46)).toEqual([runsOf(2760)]);
    ended(NODE, null);
    expect(await afterMinutes(46)).toEqual([]);
  });
});
