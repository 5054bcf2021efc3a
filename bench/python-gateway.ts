import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { depth } from '../src/domain/units.ts';
import { spawnPinned, stopProcess } from './pinned.ts';
import type { Scratch } from './scratch.ts';
import { seededBatch } from './seed.ts';

/** The gateway that this service replaces, as its own process. */
export interface PythonGateway extends AsyncDisposable {
  /** Sends so many acquisitions over so many connections, and returns how many it answered per second. */
  acquire(load: Load): Promise<number>;
}

interface Load {
  readonly requests: number;
  readonly connections: number;
}

/**
 * Starts the checkout in `directory`, whose packages are in its .venv, with a pool of the first stamps of the node at `beeUrl`
 * (bench/processes/bee-node.ts). Its targets are met, so that it buys nothing, and its limit of requests is off.
 */
export async function startPythonGateway({
  directory,
  beeUrl,
  stamps,
  scratch,
}: {
  readonly directory: string;
  readonly beeUrl: string;
  readonly stamps: number;
  readonly scratch: Scratch;
}): Promise<PythonGateway> {
  const stateFile = scratch.path('pool_state.json');
  const batchIds = Array.from({ length: stamps }, (_, number) => seededBatch(number, depth(17)).batchId);
  writeFileSync(stateFile, JSON.stringify(batchIds));
  const logFile = scratch.pathInMemory('gateway.log');
  const log = openSync(logFile, 'w');
  const python = join(directory, '.venv/bin/python');
  const child = spawnPinned(
    'measured',
    [python, '-m', 'uvicorn', 'app.main:app', '--app-dir', directory, '--host', '127.0.0.1', '--port', '0'],
    {
      env: {
        SWARM_BEE_API_URL: beeUrl,
        STAMP_POOL_ENABLED: 'true',
        STAMP_POOL_RESERVE_SMALL: '1',
        STAMP_POOL_RESERVE_MEDIUM: '0',
        STAMP_POOL_IMMEDIATE_REPLENISH: 'false',
        STAMP_POOL_STATE_FILE: stateFile,
        STAMP_OWNERSHIP_FILE: scratch.path('stamp_owners.json'),
        RATE_LIMIT_ENABLED: 'false',
      },
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  const untilMs = performance.now() + MAX_START_MS;
  const wait = async (): Promise<void> => {
    if (child.exitCode !== null || performance.now() > untilMs)
      throw new Error(
        `the Python gateway has no pool of ${stamps}: ${readFileSync(logFile, 'utf8').slice(-2000)}`,
      );
    await delay(50);
  };
  const stop = async (): Promise<void> => await stopProcess(child, 'SIGKILL'); // what it has written is not needed
  try {
    const url = await urlIn(logFile, wait);
    while ((await poolSize(url)) < stamps) await wait();
    return { acquire: async (load) => await acquireAll(url, load), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const MAX_START_MS = 60_000;

async function urlIn(logFile: string, wait: () => Promise<void>): Promise<string> {
  for (;;) {
    const url = /running on (http:\S+)/.exec(readFileSync(logFile, 'utf8'))?.[1];
    if (url !== undefined) return url;
    await wait();
  }
}

const statusSchema = z.object({ total_stamps: z.int() });

async function poolSize(url: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/pool/status`);
  return statusSchema.parse(await response.json()).total_stamps;
}

const acquiredSchema = z.object({ success: z.literal(true), batch_id: z.string() });

/** @throws if a stamp was given out twice, or none was. */
async function acquireAll(url: string, { requests, connections }: Load): Promise<number> {
  const eachConnection = async (work: () => Promise<void>): Promise<void> => {
    await Promise.all(Array.from({ length: connections }, work));
  };
  await eachConnection(async () => void (await (await fetch(`${url}/health`)).text())); // opens the connections
  const given = new Set<string>();
  let sent = 0;
  const beganMs = performance.now();
  await eachConnection(async () => {
    while (sent < requests) {
      sent += 1;
      const response = await fetch(`${url}/api/v1/pool/acquire`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"size":"small"}',
      });
      given.add(acquiredSchema.parse(await response.json()).batch_id);
    }
  });
  const seconds = (performance.now() - beganMs) / 1000;
  if (given.size !== requests) throw new Error(`${requests} acquisitions got ${given.size} stamps`);
  return requests / seconds;
}
