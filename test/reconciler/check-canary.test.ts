import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CanaryUpload } from '../../src/bee/canary-upload.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { depth } from '../../src/domain/units.ts';
import { checkCanary } from '../../src/reconciler/check-canary.ts';
import { CanaryChecks } from '../../src/signals/canary-checks.ts';
import { NODE } from '../builders.ts';
import { served } from '../graphql/served.ts';
import { aReport } from '../run-report.ts';
import { quiet } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { World } from '../virtual/world.ts';

const INTERVAL_SECONDS = 900;
const INTERVAL_BLOCKS = INTERVAL_SECONDS / 5;
const CANARY = '{ poolStatus { nodes { canary { ok checkedAt message } } } }';

interface Trial {
  readonly batchId: string;
  readonly payload: string;
  readonly atMs: number;
}

/** A world whose node has a canary. `answer` says why an upload fails; null: it does not. */
function withCanary(answer: (signal: AbortSignal) => string | null | Promise<string | null>) {
  const uploads: Trial[] = [];
  const upload: CanaryUpload = async (batchId, payload, signal) => {
    uploads.push({ batchId, payload, atMs: world.clock.monotonicMs() });
    return await answer(signal);
  };
  const world = new World({
    policy: { targets: new Map([[depth(17), 1]]), canaryIntervalSeconds: INTERVAL_SECONDS },
    upload,
  });
  return { world, uploads };
}

const canaryOf = async ({ run }: World) => {
  await using graphql = await served(run.engine);
  return await graphql.data(CANARY);
};
const shown = (canary: unknown) => ({ poolStatus: { nodes: [{ canary }] } });
const MOMENT = expect.stringMatching(/^2026-06-01T/);

describe('the check of the canary', () => {
  it('uploads with it as soon as it is usable, then in every interval, each time something else', async () => {
    const { world, uploads } = withCanary(() => null);
    await using running = world;
    await running.start();
    await world.full();
    expect(uploads).toEqual([]);
    expect(await canaryOf(world)).toEqual(
      shown({ ok: null, checkedAt: null, message: 'the node shows no usable canary' }),
    );
    await world.until('it is used', () => uploads.length > 0);
    expect(await canaryOf(world)).toEqual(
      shown({ ok: true, checkedAt: MOMENT, message: 'a chunk was uploaded and read back' }),
    );
    await world.passBlocks(3 * INTERVAL_BLOCKS + 1);
    expect(uploads).toHaveLength(4);
    const times = uploads.map(({ atMs }) => atMs);
    expect(times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))).toEqual(
      [1, 2, 3].map(() => INTERVAL_SECONDS * 1000),
    );
    expect(new Set(uploads.map(({ payload }) => payload)).size).toBe(4);
    const { items } = await world.run.engine.pool.availableStamps({ first: 9, after: null, depth: null });
    expect(items.map(({ item }) => item.batchId)).not.toContain(uploads[0]?.batchId);
    expect(world.incidents).toEqual([]);
    expect(world.log.filter((line) => line.includes('a chunk was uploaded'))).toHaveLength(1);
  });

  it('reports a failure that is not chance, shows it, and says when the canary works again', async () => {
    const answers = ['Bee is slow', null, 'no peers', 'no peers', null];
    const { world, uploads } = withCanary(() => answers.shift() ?? null);
    await using running = world;
    await running.start();
    await world.until('it is used', () => uploads.length === 2);
    expect(world.incidents).toEqual([]);
    await world.until('it is used again', () => uploads.length === 4, INTERVAL_BLOCKS + 10);
    expect(world.incidents).toEqual(['CANARY_FAILED']);
    expect(await canaryOf(world)).toEqual(shown({ ok: false, checkedAt: MOMENT, message: 'no peers' }));
    await world.until('it works', () => uploads.length === 5, INTERVAL_BLOCKS + 10);
    expect(await canaryOf(world)).toEqual(
      shown({ ok: true, checkedAt: MOMENT, message: 'a chunk was uploaded and read back' }),
    );
    expect(world.log.filter((line) => line.includes('a chunk was uploaded'))).toHaveLength(2);
  });

  it('goes on while the node is behind, and says that it knows nothing when the node shows no canary', async () => {
    const { world, uploads } = withCanary(() => null);
    await using running = world;
    await running.start();
    await world.until('it is used', () => uploads.length > 0);
    world.simulator.faults.set('syncing503', {});
    await world.passBlocks(INTERVAL_BLOCKS + 2);
    expect(uploads).toHaveLength(2);
    world.simulator.faults.clearAll();
    world.simulator.node.issuers.expired(uploads[0]?.batchId ?? '');
    await world.maintain();
    expect(await canaryOf(world)).toEqual(
      shown({ ok: null, checkedAt: MOMENT, message: 'the node shows no usable canary' }),
    );
  });

  it('is null if there is no canary, and ends at once while an upload waits', async () => {
    const { world, uploads } = withCanary(
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted'))),
    );
    await using running = world;
    await running.start();
    await world.until('it is used', () => uploads.length > 0);
    await world.stop();
    world.set({ canaryIntervalSeconds: null });
    await world.start();
    await world.full();
    expect(await canaryOf(world)).toEqual(shown(null));
  });
});

describe('the canary of the last fresh observation', () => {
  const { run } = aReport();
  const runWith = (node: Partial<MaintenanceRun['node']>): MaintenanceRun => ({
    ...run,
    node: { ...run.node, ...node },
  });
  const usable = runWith({ fresh: true });
  const none = runWith({ fresh: true, canary: null });

  function checking(answer: (signal: AbortSignal) => Promise<string | null> = async () => null) {
    const clock = new VirtualClock();
    const checks = new CanaryChecks();
    let end: ((run: MaintenanceRun) => void) | undefined;
    const uploads: string[] = [];
    const reported: string[] = [];
    const logged: unknown[] = [];
    const checker = checkCanary({
      node: NODE,
      upload: async (batchId, _payload, signal) => {
        uploads.push(batchId);
        return await answer(signal);
      },
      intervalSeconds: INTERVAL_SECONDS,
      runs: {
        onRun: (listener) => {
          end = listener;
          return () => void (end = undefined);
        },
      },
      checks,
      incidents: { report: ({ code }) => void reported.push(code) },
      clock,
      random: () => 0.5,
      log: (fields) => void logged.push(fields),
    });
    onTestFinished(() => checker[Symbol.asyncDispose]());
    return {
      checker,
      checks,
      uploads,
      reported,
      logged,
      isListening: () => end !== undefined,
      ended: async (one: MaintenanceRun) => {
        end?.(one);
        await quiet();
      },
      pass: async (seconds: number) => {
        clock.advanceTo(clock.monotonicMs() + seconds * 1000);
        await quiet();
      },
    };
  }

  it('is logged when it works, and is not waited for by a process that ends', async () => {
    const { checker, logged, ended } = checking();
    await ended(usable);
    expect(logged).toEqual([{ event: 'canaryWorks', node: NODE, batchId: usable.node.canary?.batchId }]);
    await ended(none);
    await checker[Symbol.asyncDispose]();
    const waiting = checking();
    await waiting.ended(none);
    await waiting.checker[Symbol.asyncDispose]();
    expect([waiting.uploads, waiting.isListening()]).toEqual([[], false]);
  });

  it('is waited for with one listener, however many runs show none', async () => {
    const listened = vi.spyOn(AbortSignal.prototype, 'addEventListener');
    onTestFinished(() => listened.mockRestore());
    const { ended } = checking();
    for (let n = 0; n < 20; n += 1) await ended(none);
    expect(listened.mock.calls.filter(([type]) => type === 'abort')).toHaveLength(1);
  });

  it('is used on, and its check is kept, while the node is not fresh', async () => {
    const { checks, uploads, ended, pass } = checking();
    await ended(runWith({ fresh: false }));
    expect([uploads, checks.last(NODE)?.ok]).toEqual([[], null]);
    await ended(usable);
    expect([uploads.length, checks.last(NODE)?.ok]).toEqual([1, true]);
    await ended(runWith({ fresh: false, canary: null }));
    expect(checks.last(NODE)?.ok).toBe(true);
    await pass(INTERVAL_SECONDS);
    expect(uploads).toHaveLength(2);
  });

  it('is not used when it is not shown or not usable, and is as soon as it is again', async () => {
    const { checks, uploads, ended, pass } = checking();
    await ended(usable);
    const canary = usable.node.canary && { ...usable.node.canary, usable: false };
    for (const gone of [none, runWith({ fresh: true, canary })]) {
      const before = uploads.length;
      await ended(gone);
      expect(checks.last(NODE)).toMatchObject({ ok: null, checkedAt: expect.any(Date) });
      await pass(INTERVAL_SECONDS);
      expect(uploads).toHaveLength(before);
      await ended(usable);
      expect(uploads).toHaveLength(before + 1);
    }
  });

  it('has not failed when the process ends in the middle of an upload', async () => {
    const { checker, checks, uploads, reported, ended } = checking(
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('aborted'))),
    );
    await ended(usable);
    await checker[Symbol.asyncDispose]();
    expect([uploads.length, reported, checks.last(NODE)?.ok]).toEqual([1, [], null]);
  });

  it('is neither used nor followed after it is disposed', async () => {
    const { checker, uploads, isListening, ended, pass } = checking();
    await ended(usable);
    await checker[Symbol.asyncDispose]();
    expect(isListening()).toBe(false);
    await pass(INTERVAL_SECONDS);
    expect(uploads).toHaveLength(1);
  });
});
