import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import { z } from 'zod';
import { spawnPinned } from './pinned.ts';

/**
 * Sends the same request over keep-alive connections: each sends its next one when it has its response. By wrk (Debian), or by
 * autocannon where wrk is missing, which saturates a fast server less. @throws if an answer is not the expected one.
 */
export async function closedLoop(load: ClosedLoop): Promise<Measured> {
  let measured = await once(load);
  // A maintenance run may hold the event loop for the whole measurement: the set "runs" measures that.
  for (let retries = 0; measured.requests === 0 && retries < MAX_RETRIES; retries += 1)
    measured = await once(load);
  const { requests, answers, found, errors } = measured;
  if (errors > 0 || found !== answers || requests === 0)
    throw new Error(`${load.url}: ${errors} errors, ${found} of ${answers} answers were as expected`);
  return measured;
}

const MAX_RETRIES = 5;

const once = async (load: ClosedLoop): Promise<Counted> =>
  WRK === undefined ? await byAutocannon(load) : await byWrk(WRK, load);

const WRK = ['/usr/bin/wrk', '/usr/local/bin/wrk'].find((path) => existsSync(path));

export interface ClosedLoop extends Target {
  readonly connections: number;
  /** wrk knows whole seconds only. */
  readonly seconds: number;
}

/** One request, and what its answers must contain. */
export interface Target {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect: Expected;
  /** A file that gets a line with the match of each answer. */
  readonly matches?: string;
}

/** As Lua and as JavaScript have it. */
interface Expected {
  readonly lua: string;
  readonly js: RegExp;
}

export const BATCH_ID: Expected = { lua: '%x%x%x%x%x%x%x%x'.repeat(8), js: /[0-9a-f]{64}/ };
export const expectText = (contained: string): Expected => ({
  lua: contained.replace(/[^\w\s]/g, '%$&'),
  js: new RegExp(contained.replace(/[^\w\s]/g, String.raw`\$&`)),
});

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Counted extends Measured {
  readonly requests: number;
  readonly answers: number;
  readonly found: number;
  readonly errors: number;
}

const summarySchema = z.object({
  requests: z.int(),
  answers: z.int(),
  found: z.int(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  errors: z.int(),
});

async function byWrk(wrk: string, load: ClosedLoop): Promise<Counted> {
  const { url, method, body = '', headers = {}, expect, matches = '', connections, seconds } = load;
  const script = join(import.meta.dirname, 'closed-loop.lua');
  const args = [method, body, expect.lua, matches, ...Object.entries(headers).flat()];
  const child = spawnPinned(
    'load',
    [wrk, '-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url, '--', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [out, err] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  const summary = /^\{.*\}$/m.exec(out)?.[0];
  if (summary === undefined || err !== '') throw new Error(`wrk: ${err}${out}`);
  const counted = summarySchema.parse(JSON.parse(summary));
  return { ...counted, perSecond: counted.requests / counted.seconds };
}

async function byAutocannon(load: ClosedLoop): Promise<Counted> {
  const { url, method, body, headers, expect, matches, connections, seconds } = load;
  let found = 0;
  const result = await autocannon({
    url,
    method,
    connections,
    duration: seconds,
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    verifyBody: (answer) => {
      const match = expect.js.exec(String(answer))?.[0];
      if (match === undefined) return false;
      found += 1;
      if (matches !== undefined) appendFileSync(matches, `${match}\n`);
      return true;
    },
  });
  return {
    requests: result.requests.total,
    answers: result.requests.total,
    found,
    errors: result.errors + result.non2xx + result.mismatches,
    perSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
