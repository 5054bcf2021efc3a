import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { depth } from '../src/domain/units.ts';
import { openPostgresStore } from '../src/store/postgres/open.ts';
import { createDatabase } from '../test/postgres/shared-server.ts';
import { closedLoop } from './closed-loop.ts';
import { spawnPinned, stopProcess } from './pinned.ts';
import type { Scratch } from './scratch.ts';
import { addStamps } from './seed.ts';
import { isIdle, readLines, SERVICE_SETTINGS, urlIn } from './service.ts';
import { restAcquire } from './targets.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** Several processes of the service on a PostgreSQL database of their own. */
export interface Replicas extends AsyncDisposable {
  /** Acquisitions per second by REST, over so many connections, which are divided over the replicas. */
  load(load: { readonly connections: number; readonly seconds: number }): Promise<number>;
}

export async function startReplicas({
  scratch,
  serverUrl,
  count,
  stamps,
}: ReplicasOptions): Promise<Replicas> {
  await using starting = new AsyncDisposableStack();
  const database = starting.use(await createDatabase(serverUrl));
  {
    await using store = await openPostgresStore({ url: database.url });
    await addStamps(store, { stamps, depth: depth(17) });
  }
  const replicas: { readonly url: string; readonly matches: string }[] = [];
  starting.defer(() => assertDistinct(replicas.flatMap(({ matches }) => readLines(matches))));
  for (let n = 0; n < count; n += 1) {
    const logFile = scratch.path('replica.log');
    const log = openSync(logFile, 'w');
    const child = spawnPinned('measured', [process.execPath, MAIN], {
      env: { ...SERVICE_SETTINGS, DATABASE_URL: database.url },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    starting.defer(() => stopProcess(child));
    const url = await urlIn(
      logFile,
      () => child.exitCode === null,
      () => readLines(logFile).join('\n'),
    );
    replicas.push({ url, matches: scratch.path('given.txt') });
  }
  for (const { url } of replicas) await isIdle(url);
  const running = starting.move();
  return {
    load: async ({ connections, seconds }) => {
      const each = Math.ceil(connections / count);
      const measured = await Promise.all(
        replicas.map(({ url, matches }) =>
          closedLoop({ ...restAcquire(url), matches, connections: each, seconds }),
        ),
      );
      return measured.reduce((sum, { perSecond }) => sum + perSecond, 0);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface ReplicasOptions {
  readonly scratch: Scratch;
  /** Of PostgreSQL. */
  readonly serverUrl: string;
  readonly count: number;
  /** The available stamps at the start. */
  readonly stamps: number;
}

/** @throws if a stamp was given out twice */
function assertDistinct(given: readonly string[]): void {
  const distinct = new Set(given).size;
  if (distinct !== given.length)
    throw new Error(`${given.length} answers of success named ${distinct} batches`);
}
