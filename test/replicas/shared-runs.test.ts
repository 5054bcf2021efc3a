import { expect, test } from 'vitest';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { NoHolderError } from '../../src/domain/no-holder-error.ts';
import { nodeName } from '../../src/domain/units.ts';
import { SharedRuns } from '../../src/replicas/shared-runs.ts';
import { CanaryChecks } from '../../src/signals/canary-checks.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { Runs } from '../../src/signals/runs.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { NODE, seconds } from '../builders.ts';
import { aReport } from '../run-report.ts';
import { ReplicaHub } from '../store/replica-hub.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

const OTHER = nodeName('other');
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

const aRun = (wishes: Parameters<typeof aReport>[0] = {}): MaintenanceRun => aReport(wishes).run;

/** Two processes on one database, on one clock. `holders`: by node, which of them makes its runs. */
async function twoProcesses(holders: Record<string, 'a' | 'b' | null>) {
  const hub = new ReplicaHub();
  const clock = new VirtualClock();
  const nodes = Object.keys(holders).map(nodeName);
  const start = async (name: 'a' | 'b') => {
    const runs = new Runs(nodes);
    const incidents = new Incidents({ log: () => {}, count: () => {} }, clock);
    const canaryChecks = new CanaryChecks();
    const counts = { levels: 0 };
    const shared = await SharedRuns.start({
      runs,
      nodes,
      holder: name,
      holds: (node) => holders[node] === name,
      replicas: hub.connect(),
      levels: { recount: async () => void (counts.levels += 1) },
      incidents,
      canaryChecks,
      clock,
    });
    return { runs, incidents, canaryChecks, counts, shared };
  };
  const [a, b] = [await start('a'), await start('b')];
  const pass = async (ms: number): Promise<void> => {
    clock.advanceTo(clock.monotonicMs() + ms);
    await settle();
  };
  return { hub, holders, a, b, pass };
}

test('a run of one process is the last run of the other, with its incidents and its canary', async () => {
  const { a, b } = await twoProcesses({ [NODE]: 'a' });
  a.incidents.report({ code: 'BUSY', subject: NODE });
  b.incidents.report({ code: 'CLOCK_JUMPED', subject: 'clock' });
  a.canaryChecks.record(NODE, { ok: false, checkedAt: seconds(1), message: 'not connected' });
  const own: MaintenanceRun[] = [];
  const elsewhere: MaintenanceRun[] = [];
  b.runs.onRun((run) => own.push(run));
  b.runs.onRunElsewhere((run) => elsewhere.push(run));
  a.runs.of(NODE).end(aRun());
  await settle();
  expect([b.shared.last, b.shared.lastOfEach, elsewhere, own]).toEqual([aRun(), [aRun()], [aRun()], []]);
  expect(b.incidents.recent().map(({ code }) => code)).toEqual(['CLOCK_JUMPED', 'BUSY']);
  expect(a.incidents.recent().map(({ code }) => code)).toEqual(['BUSY']);
  expect(b.canaryChecks.last(NODE)?.message).toBe('not connected');
  expect([a.counts.levels, b.counts.levels]).toEqual([0, 1]);
});

test('a process that starts later shows it as well', async () => {
  const { hub, a } = await twoProcesses({ [NODE]: 'a' });
  a.runs.of(NODE).end(aRun());
  await settle();
  const runs = new Runs([NODE]);
  const clock = new VirtualClock();
  const shared = await SharedRuns.start({
    runs,
    nodes: [NODE],
    holder: 'c',
    holds: () => false,
    replicas: hub.connect(),
    levels: { recount: async () => {} },
    incidents: new Incidents({ log: () => {}, count: () => {} }, clock),
    canaryChecks: new CanaryChecks(),
    clock,
  });
  expect(shared.last).toEqual(aRun());
});

test('a call is answered by a run of the other process that ends after the call', async () => {
  const { hub, a, b } = await twoProcesses({ [NODE]: 'a' });
  hub.isCut = true;
  a.runs.of(NODE).end(aRun());
  await settle(); // its report is on disk, and b does not know of it
  hub.isCut = false;
  const joined = b.shared.join();
  await settle();
  expect(a.runs.of(NODE).pending).toBe(true);
  a.runs.of(NODE).end(aRun({ endedAt: seconds(7) }));
  expect(await joined).toEqual([aRun({ endedAt: seconds(7) })]);
});

test('a dry run is made by the process that makes the runs, and leaves the last run as it is', async () => {
  const { a, b } = await twoProcesses({ [NODE]: 'a', [OTHER]: 'b' });
  const preview = b.shared.preview();
  await settle();
  expect([a.runs.of(NODE).previewRequested, b.runs.of(OTHER).previewRequested]).toEqual([true, true]);
  const [ofA, ofB] = [aRun({ dryRun: true }), aRun({ node: OTHER, dryRun: true })];
  a.runs.of(NODE).end(ofA);
  b.runs.of(OTHER).end(ofB);
  expect(await preview).toEqual([ofA, ofB]);
  expect([b.shared.last, a.shared.last]).toEqual([null, null]);
});

test('requests of runs reach the other process, and a burst of them is two', async () => {
  const { a, b, pass } = await twoProcesses({ [NODE]: 'a' });
  const requests: string[] = [];
  a.runs.of(NODE).onRequest(() => requests.push('run'));
  for (let i = 0; i < 100; i++) b.shared.request();
  await settle();
  expect(requests).toEqual(['run']);
  b.shared.request();
  await pass(200);
  await pass(5_000);
  expect(requests).toEqual(['run', 'run']);
});

test('a call fails if no process makes a run', async () => {
  const { b, pass } = await twoProcesses({ [NODE]: null });
  const answer = b.shared.join().catch((error: unknown) => error);
  await settle();
  for (let waitedMs = 0; waitedMs < 45_000; waitedMs += 5_000) await pass(5_000);
  expect(await answer).toBeInstanceOf(NoHolderError);
});

test.each([
  ['a database that fails', new StoreFailedError('the disk is full'), StoreFailedError],
  ['a bug', new TypeError('x'.repeat(10_000)), Error],
])(
  'a run of the other process that fails because of %s answers the call at once',
  async (_what, error, type) => {
    const { a, b } = await twoProcesses({ [NODE]: 'a', [OTHER]: 'b' });
    const answers = [b.shared.join(), b.shared.preview()].map((one) => one.catch((cause: unknown) => cause));
    await settle();
    a.runs.of(NODE).fail(error);
    for (const dryRun of [false, true]) b.runs.of(OTHER).end(aRun({ node: OTHER, dryRun }));
    for (const answer of await Promise.all(answers)) {
      expect(answer).toBeInstanceOf(type);
      expect(answer instanceof StoreFailedError).toBe(error instanceof StoreFailedError);
      expect(String(answer)).toContain(error.message.slice(0, 500));
      expect(String(answer).length).toBeLessThan(600);
    }
  },
);

test('a process that stops is no run that failed', async () => {
  const { a, b, holders } = await twoProcesses({ [NODE]: 'a' });
  const answer = b.shared.join();
  await settle();
  a.runs.of(NODE).close(new Error('the service is stopping'));
  await settle();
  holders[NODE] = 'b';
  b.runs.of(NODE).end(aRun());
  expect(await answer).toEqual([aRun()]);
});

test('a call reaches the process that begins to make the runs meanwhile', async () => {
  const { holders, a, b, pass } = await twoProcesses({ [NODE]: null });
  const answer = b.shared.join();
  await pass(0);
  holders[NODE] = 'a';
  await pass(5_000);
  expect(a.runs.of(NODE).pending).toBe(true);
  a.runs.of(NODE).end(aRun());
  expect(await answer).toEqual([aRun()]);
});

test('what happens after the end reaches no process', async () => {
  const { a, b } = await twoProcesses({ [NODE]: 'a' });
  await b.shared[Symbol.asyncDispose]();
  a.runs.of(NODE).end(aRun());
  await settle();
  expect(b.shared.last).toBeNull();
});
