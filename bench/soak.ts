import { Command } from 'commander';
import { startFloor } from './floor.ts';
import { median } from './measure.ts';
import type { OpenLoop } from './open-loop.ts';
import { pinThisProcess } from './pinned.ts';
import { Scratch } from './scratch.ts';
import { SERVICE_SETTINGS, type Service, startService } from './service.ts';
import { startSubscribers } from './subscribers.ts';
import { sustainedRate } from './sustained-rate.ts';
import { graphqlAcquire, restAcquire } from './targets.ts';

const { minutes, rate } = new Command('soak')
  .description(
    'Acquires at half of the highest rate, with 1,000 subscribers, maintenance runs and purchases. The exit code is 1 after an error, if memory grows after the first minute, or if the p99 of an acquisition is ten times its p50.',
  )
  .option('--minutes <count>', 'how long', '10')
  .option('--rate <perSecond>', 'this rate, in place of half of the highest')
  .parse()
  .opts<{ minutes: string; rate?: string }>();

async function soak(seconds: number): Promise<void> {
  pinThisProcess();
  using scratch = new Scratch();
  const perSecond = rate === undefined ? Math.floor((await highestRate(scratch)) / 2) : Number(rate);
  print(`${perSecond} per second for ${seconds / 60} minutes`);
  const slices = Math.max(2, Math.round(seconds / SLICE_SECONDS));
  const sliceSeconds = Math.ceil(seconds / slices);
  await using all = await startAll(scratch, Math.ceil(perSecond * sliceSeconds * slices * 1.1));
  const { service } = all;
  const observed: Slice[] = [];
  for (let slice = 1; slice <= slices; slice += 1) {
    const target = slice % 2 === 1 ? restAcquire(service.url) : graphqlAcquire(service.url);
    const { p50Ms, p99Ms } = await service.openLoop({ ...target, perSecond, seconds: sliceSeconds });
    const bytes = await service.usedBytes();
    observed.push({ p50Ms, p99Ms, bytes });
    const latencies = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
    print(`${slice}/${slices}: ${latencies}, ${(bytes / 1e6).toFixed(1)} MB`);
  }
  await verdict(service, observed);
}

interface Slice {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytes: number;
}

const SLICE_SECONDS = 30;
const SUBSCRIBERS = 1000;
/** Garbage collection and the caches of SQLite move it by this much. */
const MAX_GROWTH = 1.15;
const PROBE_SECONDS = 5;
/** A twentieth of a probe: a rate that leaves more undone at its end piles up work. */
const MAX_OVERRUN_MS = 250;

/**
 * The highest rate of the same load: requests that do not wait for each other, beside subscribers, runs and purchases. The rate
 * of 100 connections that wait for their responses bounds it.
 */
async function highestRate(scratch: Scratch): Promise<number> {
  const closed = await closedLoopRate(scratch);
  print(`100 connections that wait for their responses, without subscribers: ${closed} per second`);
  await using all = await startAll(scratch, closed * PROBE_SECONDS * 6);
  const { service } = all;
  const probe = { ...restAcquire(service.url), seconds: PROBE_SECONDS };
  await service.openLoop({ ...probe, perSecond: Math.ceil(closed / 8) }); // the warm-up
  const highest = await sustainedRate(closed, (perSecond) => isSustained(service, { ...probe, perSecond }));
  print(`the highest rate that is sustained, with ${SUBSCRIBERS} subscribers: ${highest} per second`);
  return highest;
}

async function isSustained(service: Service, probe: OpenLoop): Promise<boolean> {
  const cpuBefore = process.cpuUsage();
  try {
    const { p50Ms, p99Ms, overrunMs } = await service.openLoop(probe);
    const { user, system } = process.cpuUsage(cpuBefore);
    const loadShare = (user + system) / 1000 / (probe.seconds * 1000 + overrunMs);
    print(
      `  ${probe.perSecond} per second: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, done ${overrunMs.toFixed(0)} ms after the end; the load took ${loadShare.toFixed(2)} of its core`,
    );
    return overrunMs <= MAX_OVERRUN_MS;
  } catch (error) {
    print(`  ${probe.perSecond} per second: ${String(error)}`);
    return false;
  }
}

async function closedLoopRate(scratch: Scratch): Promise<number> {
  await using service = await startService({ scratch, stamps: 240_000 });
  const load = { ...restAcquire(service.url), connections: 100, seconds: 3 };
  await service.load(load); // the warm-up
  return Math.round((await service.load(load)).perSecond);
}

interface All extends AsyncDisposable {
  readonly service: Service;
}

/**
 * The stamps that are given out are those of a node that is away: in ten minutes they are more than a node lists. The other
 * node has none at the start, and makes stamps of depth 20, one after the other, during the whole time.
 */
async function startAll(scratch: Scratch, stamps: number): Promise<All> {
  await using starting = new AsyncDisposableStack();
  const node = starting.use(await startFloor('bee-node', [], 'load'));
  const nodes = `bee=${SERVICE_SETTINGS.SWARM_BEE_API_URL},buyer=${node.url}`;
  const env = { STAMP_POOL_RESERVE: '17:1,20:1000', STAMP_POOL_CHECK_INTERVAL_SECONDS: '10' };
  const service = starting.use(
    await startService({ scratch, stamps, env: { ...env, SWARM_BEE_API_URL: nodes } }),
  );
  const subscribers = starting.use(startSubscribers());
  await subscribers.open(SUBSCRIBERS, service.url);
  const running = starting.move();
  return { service, [Symbol.asyncDispose]: async () => await running.disposeAsync() };
}

async function verdict(service: Service, observed: readonly Slice[]): Promise<void> {
  const ratios = observed.map(({ p50Ms, p99Ms }) => p99Ms / p50Ms);
  const ratio = median(ratios);
  const afterFirstMinute = observed[Math.min(FIRST_MINUTE, observed.length - 1) - 1]?.bytes ?? Number.NaN;
  const growth = (observed.at(-1)?.bytes ?? Number.NaN) / afterFirstMinute;
  const runs = await service.metric('stamp_pool_run_duration_seconds_count');
  const orders = await service.metric('stamp_pool_orders_sent_total');
  print(
    `p99 is ${ratio.toFixed(1)} times p50, ${Math.max(...ratios).toFixed(1)} times in the worst slice; memory is ${growth.toFixed(2)} times that after the first minute; ${runs} runs, ${orders} orders`,
  );
  if (!(ratio < 10 && growth <= MAX_GROWTH && runs > 0 && orders > 0)) process.exitCode = 1;
}

/** In slices. */
const FIRST_MINUTE = 60 / SLICE_SECONDS;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await soak(Number(minutes) * 60); // last: the constants above must exist
