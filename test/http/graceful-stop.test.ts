import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { STOP_TIMEOUT_MS } from '../../src/http/limits.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';

/** A maintenance request that waits for its run to end. */
async function pendingCheck(server: RestServer): Promise<{ readonly answer: Promise<Response> }> {
  const asked = new Promise<void>((resolve) => {
    server.runs.onRequest(resolve);
  });
  const answer = fetch(`${server.url}/api/v1/pool/check`, { method: 'POST' });
  await asked;
  return { answer };
}

afterEach(() => {
  vi.useRealTimers();
});

test('answers requests in flight, and accepts no new ones', async () => {
  const server = await restServer();
  const { answer } = await pendingCheck(server);
  const stopped = server[Symbol.asyncDispose]();
  await expect
    .poll(async () => await fetch(`${server.url}/health`).then(String, () => 'refused'))
    .toBe('refused');
  server.runs.end(aRun());
  expect((await answer).status).toBe(200);
  await stopped;
});

test('closes WebSockets with 1001', async () => {
  const server = await restServer();
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await server[Symbol.asyncDispose]();
  expect((await closed)[0]).toBe(1001);
});

/** A connection that is kept alive after its first response. */
async function keptAlive({ url }: RestServer): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}); // the end may be a reset
  socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

test('does not wait for idle connections', async () => {
  const server = await restServer();
  await keptAlive(server);
  vi.useFakeTimers({ toFake: ['setTimeout'] }); // the timeout never fires
  await expect(server[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

test('destroys connections that have not ended at the timeout, which is below five seconds', async () => {
  const server = await restServer();
  const { answer } = await pendingCheck(server);
  const cut = answer.then(
    () => 'answered',
    () => 'destroyed',
  );
  const socket = await keptAlive(server);
  socket.write('POST /api/v1/pool/acquire HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'); // the rest is never sent
  const closed = new Promise((resolve) => socket.once('close', resolve));
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const stopped = server[Symbol.asyncDispose]();
  vi.advanceTimersByTime(STOP_TIMEOUT_MS);
  await closed;
  expect(await cut).toBe('destroyed');
  await stopped;
  expect(STOP_TIMEOUT_MS).toBeLessThan(5000);
});
