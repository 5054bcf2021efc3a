import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { aStamp } from '../builders.ts';
import { startTestApp } from '../harness.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { failing, full } from './failing-store.ts';

const bodySchema = z.object({
  status: z.string(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), why: z.string() })),
});

/** The status of /readyz, and the names of the checks that fail. */
async function readyz({ url }: Pick<RestServer, 'url'>): Promise<readonly [number, readonly string[]]> {
  const response = await fetch(`${url}/readyz`);
  const { status, checks } = bodySchema.parse(await response.json());
  expect(status).toBe(response.status === 200 ? 'ready' : 'not ready');
  return [response.status, checks.flatMap(({ name, ok }) => (ok ? [] : name))];
}

const awayRun = (() => {
  const run = aRun();
  return { ...run, node: { ...run.node, reachable: false, fresh: false, block: null } };
})();

test('a pool without stock is ready after the first complete observation', async () => {
  await using server = await restServer();
  expect(await readyz(server)).toEqual([503, ['observation']]);
  server.runs.end(awayRun);
  expect(await readyz(server)).toEqual([503, ['observation']]);
  server.runs.end(aRun());
  expect(await readyz(server)).toEqual([200, []]);
  server.runs.end(awayRun);
  expect(await readyz(server), 'that Bee is away now changes nothing').toEqual([200, []]);
});

test('a pool with stock is ready before any observation, and lists each check', async () => {
  await using server = await restServer({ stamps: [aStamp()] });
  const response = await fetch(`${server.url}/readyz`);
  expect([response.status, await response.json()]).toEqual([
    200,
    {
      status: 'ready',
      checks: [
        { name: 'stopping', ok: true, why: 'The process is not stopping.' },
        { name: 'store', ok: true, why: 'The database is open, migrated and accepts writes.' },
        { name: 'runs', ok: true, why: 'The last run, or the start, was 0 s ago.' },
        {
          name: 'observation',
          ok: true,
          why: 'Stamps are in stock. The Bee node was not observed completely yet.',
        },
      ],
    },
  ]);
});

test('a disabled pool is ready', async () => {
  await using server = await restServer({ enabled: false });
  expect(await readyz(server)).toEqual([200, []]);
});

test.each([
  ['fails', failing],
  ['accepts no writes', full],
])('a database that %s makes the process unready, and not dead', async (_how, around) => {
  await using server = await restServer({ stamps: [aStamp()], around });
  expect(await readyz(server)).toEqual([503, ['store']]);
  const live = await fetch(`${server.url}/livez`);
  expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
});

test('the whole service is ready with its stock, also when Bee is gone', async () => {
  await using app = await startTestApp({ onNode: { 17: 1, 20: 1 } });
  await app.full();
  app.simulator.faults.set('down', {});
  // The first one may join a run that has read the node already.
  for (let n = 0; n < 2; n++) await fetch(`${app.url}/api/v1/pool/check`, { method: 'POST' });
  await app.run(({ node }) => !node.reachable);
  expect(await readyz(app)).toEqual([200, []]);
});

test('an overload refuses neither probe', async () => {
  await using server = await restServer({ lagMs: () => 60_000, stamps: [aStamp()] });
  const probes = ['livez', 'readyz'].map(async (path) => (await fetch(`${server.url}/${path}`)).status);
  expect(await Promise.all(probes)).toEqual([200, 200]);
});

/** A connection on which a request has begun to arrive. */
async function begun({ url }: RestServer, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\n`);
  await once(socket, 'connect');
  return socket;
}

test('while the process stops, it is alive and not ready, and refuses everything else', async () => {
  const server = await restServer({ stamps: [aStamp()] });
  const paths = ['/livez', '/readyz', '/api/v1/pool/status'];
  const sockets = await Promise.all(paths.map((path) => begun(server, path)));
  await readyz(server); // the server has read what was sent before
  const stopped = server[Symbol.asyncDispose]();
  for (const socket of sockets) socket.write('Host: x\r\n\r\n');
  const [livez, notReady, status] = await Promise.all(sockets.map(text));
  await stopped;
  expect([livez, notReady, status].map((response) => response?.split('\r\n')[0])).toEqual([
    'HTTP/1.1 200 OK',
    'HTTP/1.1 503 Service Unavailable',
    'HTTP/1.1 503 Service Unavailable',
  ]);
  expect(notReady).toContain('{"name":"stopping","ok":false,"why":"The process is stopping."}');
  expect(status).toContain('{"detail":"The service is stopping. Retry later."}');
});
