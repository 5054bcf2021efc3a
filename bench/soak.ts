import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { startFloor } from './floor.ts';
import { percentile } from './measure.ts';
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
  .option('--minutes <count>', 'how long, of which the first one is the warm-up', '10')
  .option('--rate <perSecond>', 'this rate, in place of half of the highest')
  .parse()
  .opts<{ minutes: string; rate?: string }>();

async function soak(seconds: number): Promise<void> {
  pinThisProcess();
  using scratch = new Scratch();
  const perSecond = rate === undefined ? Math.floor((await highestRate(scratch)) / 2) : Number(rate);
  print(`${perSecond} per second for ${seconds / 60} minutes`);
  await using all = await startAll(scratch, Math.ceil(perSecond * seconds * 1.1));
  const { service } = all;
  const half = { perSecond: Math.ceil(perSecond / 2), seconds };
  const loads = [restAcquire(service.url), graphqlAcquire(service.url)].map((target) =>
    service.openLoop({ ...target, ...half }),
  );
  const warm = Promise.race([delay(MEASURED_AFTER_SECONDS * 1000), ...loads]).then(() => service.usedBytes());
  const latencies = (await Promise.all(loads)).map(({ latenciesMs }) => latenciesMs);
  const bytes = { warm: await warm, end: await service.usedBytes() };
  const inSlice = (slice: number): Float64Array => {
    const length = half.perSecond * SLICE_SECONDS;
    return joined(latencies.map((one) => one.subarray(slice * length, (slice + 1) * length)));
  };
  for (let slice = 0; slice < seconds / SLICE_SECONDS; slice += 1)
    print(`${(slice + 1) * SLICE_SECONDS} s: ${percentilesOf(inSlice(slice)).text}`);
  await verdict(service, {
    steady: joined(latencies.map((one) => one.subarray(half.perSecond * WARM_UP_SECONDS))),
    growth: bytes.end / bytes.warm,
  });
}

/** What is loaded, compiled and cached by then does not count as growth, and its time is no latency of the soak. */
const WARM_UP_SECONDS = 60;
/** Within the warm-up, because measuring holds the service for 0.2 s. */
const MEASURED_AFTER_SECONDS = 55;
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

interface Outcome {
  /** Of all requests after the first minute. */
  readonly steady: Float64Array;
  readonly growth: number;
}

async function verdict(service: Service, { steady, growth }: Outcome): Promise<void> {
  const { ratio, text } = percentilesOf(steady);
  const runs = await service.metric('stamp_pool_run_duration_seconds_count');
  const orders = await service.metric('stamp_pool_orders_sent_total');
  print(
    `after the first minute: ${text}, ${ratio.toFixed(1)} times p50; memory is ${growth.toFixed(2)} times that after the first minute; ${runs} runs, ${orders} orders`,
  );
  if (!(ratio < 10 && growth <= MAX_GROWTH && runs > 0 && orders > 0)) process.exitCode = 1;
}

function percentilesOf(latenciesMs: Float64Array): { readonly ratio: number; readonly text: string } {
  const [p50, p99] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)];
  return { ratio: p99 / p50, text: `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms` };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await soak(Number(minutes) * 60); // last: the constants above must exist
