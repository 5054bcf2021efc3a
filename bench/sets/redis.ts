import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios, series } from '../measure.ts';
import { spawnPinned, stopProcess } from '../pinned.ts';
import { startService } from '../service.ts';
import { restAcquire } from '../targets.ts';

const [SERVER, BENCHMARK] = ['/usr/bin/redis-server', '/usr/bin/redis-benchmark'];
const PORT = '16379';
const CONNECTIONS = 100;
const POPS = 100_000;

/** Acquisitions beside what a user would pick instead: a list in Redis that is written through to the disk. */
export const redisSet: BenchSet = {
  name: 'redis',
  about: 'P1d: acquisitions beside LPOP of Redis with appendfsync always',
  hasGoal: true,
  run: async ({ scratch, seconds, rounds, add, note }) => {
    if (![SERVER, BENCHMARK].every((path) => existsSync(path)))
      return note(
        'redis: not measured, because Redis is not installed (apt-get install redis-server redis-tools)',
      );
    const directory = scratch.path('redis');
    mkdirSync(directory);
    const server = spawnPinned(
      'measured',
      [
        SERVER,
        '--port',
        PORT,
        '--bind',
        '127.0.0.1',
        '--dir',
        directory,
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
        '--save',
        '',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    try {
      if (server.stdout) await once(server.stdout, 'data');
      await using service = await startService({
        scratch,
        stamps: 30_000 * seconds * (rounds + 1),
      });
      const redis = series(async () => {
        await benchmark(['-n', String(POPS), 'rpush', 'stamps', 'a'.repeat(64)], '16');
        return await benchmark(['-n', String(POPS), 'lpop', 'stamps'], '1');
      });
      const rest = rateOf(service, { ...restAcquire(service.url), connections: CONNECTIONS, seconds });
      await alternate([redis, rest], rounds);
      add(
        line('P1d', 'REST acquire, 100 connections', {
          unit: 'of Redis LPOP',
          values: ratios(rest, redis),
          goal: { atLeast: 0.5 },
          details: { redis: median(redis.values), rest: median(rest.values) },
        }),
      );
    } finally {
      await stopProcess(server, 'SIGKILL');
    }
  },
};

/** Commands per second. */
async function benchmark(command: readonly string[], pipelined: string): Promise<number> {
  const child = spawnPinned(
    'load',
    [BENCHMARK, '-p', PORT, '-c', String(CONNECTIONS), '-P', pipelined, '-q', ...command],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const out = child.stdout ? await text(child.stdout) : '';
  const rate = /([\d.]+) requests per second/.exec(out.split('\r').at(-1) ?? '')?.[1];
  if (rate === undefined) throw new Error(`redis-benchmark: ${out}`);
  return Number(rate);
}
