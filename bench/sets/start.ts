import { randomUUID } from 'node:crypto';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { bundleService } from '../../scripts/bundle-service.ts';
import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { alternate, median, ratios, series } from '../measure.ts';
import { spawnPinned, stopProcess } from '../pinned.ts';
import { NODE_COMPILE_CACHE, SERVICE_COMMAND, SERVICE_SETTINGS } from '../service.ts';

const BARE = `require('node:http').createServer((_q, r) => r.end('{}')).listen(Number(process.env.PORT), '127.0.0.1')`;

/** From the start of the process to the first durable answer, beside bare Node, and after SIGKILL with a large reserve. */
export const startSet: BenchSet = {
  name: 'start',
  about: 'P8: start to the first acquisition, beside bare Node',
  hasGoal: true,
  run: async ({ scratch, rounds, quick, add }) => {
    const large = quick ? 10_000 : 100_000;
    const [fresh, killed] = [scratch.path('start.db'), scratch.path('killed.db')];
    copyFileSync(await scratch.seeded(1000), fresh);
    copyFileSync(await scratch.seeded(large), killed);
    const bareScript = scratch.path('bare.cjs');
    writeFileSync(bareScript, BARE);
    const bare = series(async () => await startMs([process.execPath, bareScript], {}, 'SIGKILL'));
    // Inside the repository, because a part of it stays in node_modules.
    const directory = join(import.meta.dirname, `../../dist/bench-${process.pid}`);
    await using removed = new AsyncDisposableStack();
    removed.defer(() => rmSync(directory, { recursive: true }));
    const bundle = [process.execPath, await bundleService(directory)] as const;
    const service = (command: typeof SERVICE_COMMAND, file: string, signal: NodeJS.Signals) =>
      series(
        async () => await startMs(command, { ...SERVICE_SETTINGS, DATABASE_URL: `file:${file}` }, signal),
      );
    const started = service(bundle, fresh, 'SIGTERM');
    const sources = service(SERVICE_COMMAND, fresh, 'SIGTERM');
    const recovered = service(bundle, killed, 'SIGKILL'); // each start is after the kill of the one before
    await alternate([bare, started, sources, recovered], rounds);
    const details = { bareMs: median(bare.values) };
    add(
      line('P8a', 'start of the bundle to the first durable answer', {
        unit: 'of bare Node',
        values: ratios(started, bare),
        goal: { atMost: 1.7 },
        details: { ...details, ms: median(started.values) },
      }),
    );
    add(
      line('start-sources', 'start of the sources to the first durable answer', {
        unit: 'of bare Node',
        values: ratios(sources, bare),
        details: { ms: median(sources.values) },
      }),
    );
    add(
      line('P8b', `start of the bundle after SIGKILL with ${large} stamps`, {
        unit: 'of bare Node',
        values: ratios(recovered, bare),
        goal: { atMost: 2 },
        details: { ...details, ms: median(recovered.values) },
      }),
    );
  },
};

/** Until a POST is answered with 200; then the process ends by the signal. */
async function startMs(
  command: readonly [string, ...string[]],
  settings: Readonly<Record<string, string>>,
  signal: NodeJS.Signals,
): Promise<number> {
  const port = await freePort();
  const beganMs = performance.now();
  const child = spawnPinned('measured', command, {
    env: {
      ...settings,
      PORT: String(port),
      NODE_COMPILE_CACHE,
    },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error('the process ended before it answered');
      const answer = await acquire(port);
      if (answer?.includes('{')) return performance.now() - beganMs;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    await stopProcess(child, signal);
  }
}

/** null if the process does not listen yet. */
async function acquire(port: number): Promise<string | null> {
  try {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() };
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/pool/acquire`, {
      method: 'POST',
      headers,
      body: '{}',
    });
    return response.status === 200 ? await response.text() : null;
  } catch {
    return null;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
