import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { startFloor } from './floor.ts';
import { median } from './measure.ts';
import { pinThisProcess } from './pinned.ts';
import { Scratch } from './scratch.ts';
import { SERVICE_SETTINGS, type Service, startService } from './service.ts';
import { startSubscribers } from './subscribers.ts';
import { graphqlAcquire, restAcquire } from './targets.ts';

const { minutes } = new Command('soak')
  .description(
    'Acquires at half of the highest rate, with 1,000 subscribers, maintenance runs and purchases. The exit code is 1 after an error, if memory grows after the first minute, or if the p99 of an acquisition is ten times its p50.',
  )
  .option('--minutes <count>', 'how long', '10')
  .parse()
  .opts<{ minutes: string }>();

async function soak(seconds: number): Promise<void> {
  pinThisProcess();
  using scratch = new Scratch();
  const probe = await highestRate(scratch);
  const perSecond = Math.floor(probe / 2);
  const stamps = Math.ceil(perSecond * seconds * 1.1);
  print(
    `the highest rate is ${Math.round(probe)} per second; ${perSecond} per second for ${seconds / 60} minutes`,
  );
  // The stamps that are given out are those of a node that is away: in ten minutes they are more than a node lists. The other
  // node has none at the start, and makes stamps of depth 20, one after the other, during the whole time.
  const env = { STAMP_POOL_RESERVE: '17:1,20:1000', STAMP_POOL_CHECK_INTERVAL_SECONDS: '10' };
  await using node = await startFloor('bee-node', [], 'load');
  const nodes = `bee=${SERVICE_SETTINGS.SWARM_BEE_API_URL},buyer=${node.url}`;
  await using service = await startService({ scratch, stamps, env: { ...env, SWARM_BEE_API_URL: nodes } });
  await using subscribers = startSubscribers();
  await subscribers.open(1000, service.url);
  const slices = Math.max(2, Math.round(seconds / SLICE_SECONDS));
  const latencies: { p50Ms: number; p99Ms: number }[] = [];
  const memory: number[] = [];
  for (let slice = 0; slice < slices; slice += 1) {
    const target = slice % 2 === 0 ? restAcquire(service.url) : graphqlAcquire(service.url);
    latencies.push(await service.openLoop({ ...target, perSecond, seconds: Math.ceil(seconds / slices) }));
    memory.push(await service.usedBytes());
    print(
      `${slice + 1}/${slices}: p50 ${latencies.at(-1)?.p50Ms.toFixed(2)} ms, p99 ${latencies.at(-1)?.p99Ms.toFixed(2)} ms, ${((memory.at(-1) ?? 0) / 1e6).toFixed(1)} MB`,
    );
  }
  await verdict(service, { latencies, memory });
}

const SLICE_SECONDS = 30;
/** Garbage collection and the caches of SQLite move it by this much. */
const MAX_GROWTH = 1.15;

async function highestRate(scratch: Scratch): Promise<number> {
  await using service = await startService({ scratch, stamps: 240_000 });
  const load = { ...restAcquire(service.url), connections: 100, seconds: 3 };
  await service.load(load); // the warm-up
  return (await service.load(load)).perSecond;
}

interface Observed {
  readonly latencies: readonly { readonly p50Ms: number; readonly p99Ms: number }[];
  readonly memory: readonly number[];
}

async function verdict(service: Service, { latencies, memory }: Observed): Promise<void> {
  const ratio = median(latencies.map(({ p50Ms, p99Ms }) => p99Ms / p50Ms));
  const afterFirstMinute = memory[Math.min(2, memory.length - 2)] ?? 0;
  const growth = (memory.at(-1) ?? 0) / afterFirstMinute;
  const runs = await service.metric('stamp_pool_run_duration_seconds_count');
  const orders = await service.metric('stamp_pool_orders_sent_total');
  print(
    `p99 is ${ratio.toFixed(1)} times p50; memory is ${growth.toFixed(2)} times that after the first minute; ${runs} runs, ${orders} orders`,
  );
  if (ratio > 10 || growth > MAX_GROWTH || runs === 0) process.exitCode = 1;
  await delay(0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await soak(Number(minutes) * 60); // last: the constants above must exist
