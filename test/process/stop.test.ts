import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ROOT, type Spawned, spawned } from './spawned.ts';

const BODY = '{"size":"small"}';
const HEAD = `POST /api/v1/pool/acquire HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

/** Sends a request without its end. */
async function sendHalf(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}); // the server may reset the connection
  socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'); // its answer shows that the server has accepted the connection
  await once(socket, 'data');
  socket.write(HEAD + BODY.slice(0, 5));
  return socket;
}

async function serving(): Promise<{ readonly service: Spawned; readonly url: string }> {
  const service = spawned({ env: { PORT: '0' } });
  return { service, url: await service.url() };
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  test('ends the process with 0: closes WebSockets, and answers open requests', async () => {
    const { service, url } = await serving();
    await using _ = service;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const request = await sendHalf(url);
    service.child.kill(signal);
    expect((await closed)[0]).toBe(1001);
    const answered = once(request, 'data');
    request.write(BODY.slice(5));
    expect(String((await answered)[0])).toContain('Stamp pool feature is not enabled');
    expect(await service.ended).toBe(0);
    expect(service.output().out).toMatch(/"msg":"stopped"/);
  });
});

test('a request that never ends does not prevent the end of the process', async () => {
  const { service, url } = await serving();
  await using _ = service;
  await sendHalf(url);
  service.child.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});

test('a second signal ends the process immediately', async () => {
  const { service, url } = await serving();
  await using _ = service;
  await sendHalf(url);
  service.child.kill('SIGTERM');
  await service.outputMatch(/"msg":"stopping"/);
  service.child.kill('SIGINT');
  expect(await service.ended).toBe(130);
  expect(service.output().out).not.toMatch(/"msg":"(stopped|shutdown timed out)/);
});

test('a second SIGHUP, as a closing terminal may send, does not interrupt the shutdown', async () => {
  const { service, url } = await serving();
  await using _ = service;
  const request = await sendHalf(url);
  service.child.kill('SIGHUP');
  await service.outputMatch(/"msg":"stopping"/);
  service.child.kill('SIGHUP');
  const answered = once(request, 'data');
  request.write(BODY.slice(5));
  expect(String((await answered)[0])).toContain('Stamp pool feature is not enabled');
  expect(await service.ended).toBe(0);
});

test('SIGUSR1 opens no debugger port', async () => {
  const { service, url } = await serving();
  await using _ = service;
  service.child.kill('SIGUSR1');
  await service.outputMatch(/SIGUSR1 is ignored/);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  service.child.kill('SIGTERM');
  expect(
    [await service.ended, service.output().err],
    'Node would report an open debugger port on standard error',
  ).toEqual([0, '']);
});

test('the service stops when the npm that started it exits', async () => {
  await using npm = spawned({ command: ['npm', 'start', '--prefix', ROOT], env: { PORT: '0' } });
  await npm.url();
  npm.child.kill('SIGTERM');
  await npm.ended; // waits until its output closes, which the service also holds
  expect(npm.output().out).toMatch(/"signal":"npm has exited".*"msg":"stopping"[^]*"msg":"stopped"/);
});

test('the process continues when its standard output is closed', async () => {
  const { service, url } = await serving();
  await using _ = service;
  service.child.stdout?.destroy();
  for (const body of ['{', '[]']) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(response.status).toBeLessThan(500);
  }
  service.child.kill('SIGTERM'); // logs to the closed output
  expect(await service.ended).toBe(0);
});
