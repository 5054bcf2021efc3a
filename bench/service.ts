import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { type ClosedLoop, closedLoop, type Measured, type Target } from './closed-loop.ts';
import { type Latencies, OPEN_LOOP_CONNECTIONS, type OpenLoop, openLoop } from './open-loop.ts';
import { spawnPinned, stopProcess } from './pinned.ts';
import type { Scratch } from './scratch.ts';

const ROOT = join(import.meta.dirname, '..');

/** As `npm start` runs it. */
export const SERVICE_COMMAND: readonly [string, ...string[]] = [process.execPath, join(ROOT, 'src/main.ts')];

/** Options of a service in which these shortcuts of src/pool/shortcuts.ts are off. */
export const withoutShortcuts = (...names: readonly string[]): Pick<ServiceOptions, 'script' | 'args'> => ({
  script: join(import.meta.dirname, 'processes/service.ts'),
  args: names,
});

/** The real service as its own process, with the answers of success that it gave under load. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  /** null unless the options ask for one. */
  readonly token: string | null;
  readonly pid: number;
  /** From the start of the process until it serves. */
  readonly startMs: number;
  /** Puts the service under load, and keeps the batch ids that it gave out. */
  load(load: ClosedLoop): Promise<Measured>;
  /** The same at a fixed rate. */
  openLoop(load: OpenLoop): Promise<Latencies>;
  /** For one acquisition whose answer is not kept. */
  allowUnseen(): void;
  /** The value of a metric; the sum over its labels. */
  metric(name: string): Promise<number>;
  /** In use after garbage collection: the heap and the buffers outside it. */
  usedBytes(): Promise<number>;
}

export interface ServiceOptions {
  readonly scratch: Scratch;
  /** The available stamps of depth 17 that the database holds at the start. */
  readonly stamps: number;
  /** Whether requests need the token of the service. */
  readonly needsToken?: boolean;
  /** Settings beside those of the bench. */
  readonly env?: Readonly<Record<string, string>>;
  /** The script of the process. Default: that of the service. */
  readonly script?: string;
  readonly args?: readonly string[];
}

/** A start takes a third less CPU time with it. */
export const NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/node');

/** The node does not answer: the reserve is given out, and nothing is bought. The log has its usual level, in a file. */
export const SERVICE_SETTINGS = {
  STAMP_POOL_ENABLED: 'true',
  STAMP_POOL_RESERVE: '17:1',
  STAMP_POOL_MAX_CONNECTIONS_PER_ADDRESS: '10000',
  SWARM_BEE_API_URL: 'http://127.0.0.1:9',
  HOST: '127.0.0.1',
  PORT: '0',
};

export async function startService(options: ServiceOptions): Promise<Service> {
  const { scratch, stamps, env = {}, script = join(ROOT, 'src/main.ts'), args = [] } = options;
  const file = scratch.path('service.db');
  copyDurably(await scratch.seeded(stamps), file);
  const token = options.needsToken === true ? await createToken(file) : null;
  const logFile = scratch.pathInMemory('service.log');
  const log = openSync(logFile, 'w');
  const probe = join(ROOT, 'test/fuzz/memory-probe.ts');
  const beganMs = performance.now();
  const child = spawnPinned(
    'measured',
    [process.execPath, '--expose-gc', '--import', probe, script, ...args],
    {
      env: { ...SERVICE_SETTINGS, NODE_COMPILE_CACHE, DATABASE_URL: `file:${file}`, ...env },
      stdio: ['ignore', log, 'pipe'],
    },
  );
  closeSync(log);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const url = await urlIn(
    logFile,
    () => child.exitCode === null,
    () => errors,
  );
  const startMs = performance.now() - beganMs;
  await isIdle(url);
  const matches = scratch.pathInMemory('given.txt');
  const inFlight = { max: 0 };
  let measurements = 0;
  return {
    url,
    token,
    pid: child.pid ?? 0,
    startMs,
    load: async (load) => {
      inFlight.max += load.connections;
      return await closedLoop({ ...load, ...(isAcquire(load) && { matches }) });
    },
    openLoop: async (load) => {
      try {
        return await openLoop({ ...load, ...(isAcquire(load) && { matches }) });
      } catch (error) {
        inFlight.max += OPEN_LOOP_CONNECTIONS;
        throw error;
      }
    },
    allowUnseen: () => {
      inFlight.max += 1;
    },
    metric: async (name) => sumOf(await (await fetch(`${url}/metrics`)).text(), name),
    usedBytes: async () => {
      measurements += 1;
      child.kill('SIGUSR2');
      const pattern = new RegExp(`^memory ${measurements} (\\d+)`, 'm');
      while (!pattern.test(errors) && child.stderr) await once(child.stderr, 'data');
      return Number(pattern.exec(errors)?.[1]);
    },
    [Symbol.asyncDispose]: async () => {
      await stopProcess(child);
      assertEachOnce({ file, matches, inFlight: inFlight.max });
    },
  };
}

/** What is not on the disk yet would be written half a minute later, and keep commits waiting. */
function copyDurably(from: string, to: string): void {
  copyFileSync(from, to);
  const file = openSync(to, 'r+');
  fsyncSync(file);
  closeSync(file);
}

const isAcquire = ({ body = '', url }: Target): boolean =>
  url.endsWith('/acquire') || body.includes('acquireStamp');

/** Waits until the log names the URL. @throws if the process ends before */
export async function urlIn(
  logFile: string,
  isRunning: () => boolean,
  errors: () => string,
): Promise<string> {
  for (;;) {
    const url = /"url":"(http:[^"]+)"/.exec(readFileSync(logFile, 'utf8'))?.[1];
    if (url !== undefined) return url;
    if (!isRunning()) throw new Error(`the service ended: ${errors()}`);
    await delay(5);
  }
}

/** Waits until the work of the start is done: several requests in a row are answered at once. Gives up after a while. */
export async function isIdle(url: string): Promise<void> {
  const untilMs = performance.now() + MAX_IDLE_WAIT_MS;
  for (let fast = 0; fast < 10 && performance.now() < untilMs; ) {
    const sentMs = performance.now();
    await (await fetch(`${url}/api/v1/openapi.json`)).text();
    fast = performance.now() - sentMs < 20 ? fast + 1 : 0;
    await delay(20);
  }
}

const MAX_IDLE_WAIT_MS = 15_000;

/**
 * Every answer of success named a batch of its own, and all of them are on disk. The disk may have more: a load generator
 * stops without waiting for the last answer of each connection. @throws if not
 */
function assertEachOnce({
  file,
  matches,
  inFlight,
}: {
  readonly file: string;
  readonly matches: string;
  readonly inFlight: number;
}): void {
  const given = readLines(matches);
  const missing = new Set(given);
  const distinct = missing.size;
  let unseen = 0;
  using database = openReadOnly(file);
  for (const id of database.client.prepare('select batch_id from acquisitions').pluck().iterate())
    if (!missing.delete(z.string().parse(id))) unseen += 1;
  if (distinct !== given.length || missing.size > 0 || unseen > inFlight)
    throw new Error(
      `${given.length} answers of success named ${distinct} batches, of which ${missing.size} are not on disk; ${unseen} on disk had no answer`,
    );
}

export function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((text) => text !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []; // no acquisition was asked for
    throw error;
  }
}

function openReadOnly(file: string): Disposable & { readonly client: Database.Database } {
  const client = new Database(file, { readonly: true });
  return { client, [Symbol.dispose]: () => void client.close() };
}

const sumOf = (metrics: string, name: string): number =>
  metrics
    .split('\n')
    .filter((text) => text.startsWith(`${name} `) || text.startsWith(`${name}{`))
    .reduce((sum, text) => sum + Number(text.slice(text.lastIndexOf(' '))), 0);

/** With all scopes, and a rate that is not reached. */
async function createToken(databaseFile: string): Promise<string> {
  const cli = join(ROOT, 'src/cli/main.ts');
  const scopes = ['read', 'acquire', 'maintain'].flatMap((scope) => ['--scope', scope]);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, 'token', 'create', '--name', 'bench', ...scopes, '--rate', '1000000', '--json'],
    { env: { PATH: process.env['PATH'], DATABASE_URL: `file:${databaseFile}` } },
  );
  return z.object({ token: z.string() }).parse(JSON.parse(stdout)).token;
}
