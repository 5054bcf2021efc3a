import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Exposure } from '../../src/domain/access-settings.ts';
import { addressesBehind } from '../../src/http/client-address.ts';
import { Connections } from '../../src/http/connections.ts';
import { createLimitedServer } from '../../src/http/create-server.ts';
import { ReceivedBytes } from '../../src/received-bytes.ts';
import { listen } from '../bee/servers.ts';
import { aStamp } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';
import { send } from './send.ts';

const HEALTH = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function connected(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}); // reset by the server
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A server whose handler is this one. */
async function serving(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  { perAddress = 200, addressOf = addressesBehind([]) } = {},
): Promise<string> {
  const received = new ReceivedBytes();
  const connections = new Connections({ perAddress, total: 10_000 }, { addressOf, received });
  const server = createLimitedServer(connections, received, () => false)(handle);
  const listening = await listen(server);
  onTestFinished(() => listening[Symbol.asyncDispose]());
  return `http://127.0.0.1:${listening.port}`;
}

async function service(exposure: Partial<Exposure>) {
  const server = await restServer({ exposure, stamps: [aStamp({ n: 1 })] });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  return server;
}

interface Wait {
  readonly seconds: number;
  /** Fewer if the process is held meanwhile, as a busy machine may do: then what it waits for is late, too. */
  readonly ticksOfASecond: number;
}

/** Measures from now on. Returns what ends it. */
function waiting(): () => Wait {
  const beganMs = performance.now();
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1000);
  onTestFinished(() => clearInterval(timer));
  return () => ({ seconds: (performance.now() - beganMs) / 1000, ticksOfASecond: ticks });
}

/** The bytes are followed by one each second, for five seconds. Returns what is received until the connection is closed or reset. */
async function sentSlowly(url: string, bytes: string): Promise<Wait & { readonly received: string }> {
  const end = waiting();
  const socket = await connected(url);
  socket.write(bytes);
  let left = bytes === '' ? 0 : 5;
  const drip = setInterval(() => left-- > 0 && socket.write('x'), 1000);
  onTestFinished(() => clearInterval(drip));
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  await new Promise((closed) => socket.once('close', closed));
  return { ...end(), received };
}

/** For how long a response waits for a client that does not read it. */
async function unread(): Promise<Wait> {
  const closed = Promise.withResolvers<Wait>();
  const url = await serving((_request, response) => {
    const end = waiting();
    response.once('close', () => closed.resolve(end()));
    response.end('x'.repeat(40_000_000));
  });
  const socket = await connected(url);
  socket.pause();
  socket.write(HEALTH);
  return await closed.promise;
}

test('a connection is closed after about 10 s without a whole request, or if its client does not read', async () => {
  const url = await serving((request) => request.resume());
  const [nothing, headers, body, response] = await Promise.all([
    sentSlowly(url, ''),
    sentSlowly(url, 'GET / HTTP/1.1\r\nHost: a\r\n'),
    sentSlowly(url, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{'),
    unread(),
  ]);
  expect(nothing.received).toMatch(/^(HTTP\/1.1 408 |$)/);
  expect(headers.received).toMatch(/^HTTP\/1.1 408 /);
  expect(body.received).toMatch(/^HTTP\/1.1 408 /);
  for (const { seconds } of [nothing, headers, body]) expect(seconds).toBeGreaterThan(9);
  expect(response.seconds).toBeGreaterThan(4);
  for (const { ticksOfASecond } of [nothing, headers, body, response])
    expect(ticksOfASecond).toBeLessThan(25); // by default, node:http waits for 32 s or 62 s
});

describe('requests that do not wait for a response', () => {
  test('are handled one after the other, in order', async () => {
    let [open, most] = [0, 0];
    const url = await serving(({ url: path = '' }, response) => {
      open += 1;
      most = Math.max(most, open);
      setImmediate(() => {
        open -= 1;
        response.end(`${path};`);
      });
    });
    const socket = await connected(url);
    const paths = Array.from({ length: 19 }, (_, n) => `/${n}`);
    const requests = paths.map((path) => HEALTH.replace('/health', path));
    socket.write([...requests, HEALTH.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')].join(''));
    expect((await text(socket)).match(/\/[\d\w]+(?=;)/g)).toEqual([...paths, '/health']);
    expect(most).toBe(1);
  });

  test('end the connection when there are too many', async () => {
    let handled = 0;
    const url = await serving(() => {
      handled += 1;
    });
    const socket = await connected(url);
    socket.resume().write(HEALTH.repeat(2000));
    await new Promise((closed) => socket.once('close', closed));
    expect(handled).toBe(1);
  });

  test('are limited by what they take over all connections: those with the most are closed', async () => {
    const url = await serving(({ url: path }, response) => {
      if (path === '/health') response.end();
    });
    const lines = 'POST /slow HTTP/1.1\r\nHost: localhost\r\n';
    const request = `${lines}Content-Length: 90000\r\n\r\n${'x'.repeat(90_000)}`;
    const few = await connected(url);
    few.write(request + HEALTH);
    const closed: Promise<unknown>[] = [];
    for (let n = 0; n < 25; n += 1) {
      const many = await connected(url);
      closed.push(new Promise((resolve) => many.resume().once('close', resolve))); // or reset
      many.write(request.repeat(20));
    }
    await Promise.race(closed);
    expect((await send(`${url}/health`, { method: 'GET' })).status).toBe(200);
    expect(few.destroyed).toBe(false);
  });

  test('cost no more than one response that is not read', async () => {
    let handled = 0;
    const url = await serving((_request, response) => {
      handled += 1;
      response.end('x'.repeat(20_000_000));
    });
    const socket = await connected(url);
    socket.pause();
    socket.write(HEALTH.repeat(20));
    await expect.poll(() => handled).toBe(1);
    expect((await send(url, { method: 'GET' })).status).toBe(200);
    expect(handled).toBe(2);
  });
});

describe('the number of connections', () => {
  test('is limited per address', async () => {
    const { url } = await service({ maxConnectionsPerAddress: 3 });
    const open = [await connected(url), await connected(url), await connected(url)];
    expect(await text(await connected(url))).toMatch(
      /^HTTP\/1.1 429 .*\r\nRetry-After: 5\r\n.*\r\n\r\n{"detail":"There are too many .*"}$/s,
    );
    open[0]?.destroy();
    await expect
      .poll(async () => await send(`${url}/health`, { method: 'GET' }).then(({ status }) => status))
      .toBe(200);
  });

  test('is limited in all: the oldest idle connection of the address with the most is closed', async () => {
    const { url } = await service({ maxConnections: 3 });
    const [first, second] = [await connected(url), await connected(url)];
    const firstClosed = once(first.resume(), 'close');
    await connected(url);
    expect((await send(`${url}/health`, { method: 'GET' })).status).toBe(200);
    await firstClosed;
    second.write(HEALTH);
    expect(String((await once(second, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
  });

  test('counts behind a trusted proxy by the rightmost address that is no proxy', async () => {
    const { url } = await service({
      maxConnectionsPerAddress: 2,
      trustedProxies: ['127.0.0.0/8', '10.0.0.1'],
    });
    const from = async (forwarded: string): Promise<string> => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: { 'X-Forwarded-For': forwarded },
      });
      onTestFinished(() => socket.terminate());
      return await new Promise((resolve) => {
        socket.on('open', () => resolve('open'));
        socket.on('error', ({ message }) => resolve(message));
      });
    };
    expect(await from('192.0.2.1')).toBe('open');
    expect(await from('198.51.100.7, 192.0.2.1, 10.0.0.1')).toBe('open');
    for (const again of ['::ffff:192.0.2.1', '192.0.2.1:50000', '[::ffff:192.0.2.1]:50000'])
      expect(await from(again)).toBe('Unexpected server response: 429');
    expect(await from('192.0.2.2')).toBe('open');
    const headers = { 'X-Forwarded-For': '192.0.2.1' };
    expect(await send(`${url}/health`, { method: 'GET', headers })).toMatchObject({
      status: 429,
      body: '{"detail":"There are too many requests or connections of this address. Retry later."}',
    });
    expect((await send(`${url}/health`, { method: 'GET' })).status).toBe(200);
    expect(await from('2001:db8::1')).toBe('open');
    expect(await from('2001:DB8:0:0:1::2')).toBe('open');
    expect(await from('2001:0db8::3'), 'an IPv6 network of 64 bits is one address').toMatch(/429$/);
    expect(await from('2001:db8:0:1::1')).toBe('open');
  });

  test('counts an IPv6 network of 64 bits as one address', async () => {
    const addresses = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '2001:db8::3'];
    const addressOf = { ...addressesBehind([]), socket: () => addresses.shift() };
    const url = await serving((_request, response) => response.end(), { perAddress: 2, addressOf });
    const open = [await connected(url), await connected(url), await connected(url)];
    expect(await text(await connected(url))).toMatch(/^HTTP\/1.1 429 /);
    expect(open.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  });
});

test.each([
  ['an untrusted client', [], '192.0.2.1', '127.0.0.1'],
  ['a trusted proxy', ['127.0.0.1'], '198.51.100.7, 192.0.2.1', '192.0.2.1'],
  ['a trusted proxy that names no address', ['127.0.0.1'], 'unknown', '127.0.0.1'],
])(
  'an acquisition through %s is recorded for the address',
  async (_what, trustedProxies, forwarded, caller) => {
    const { url } = await service({ trustedProxies });
    const headers = { 'X-Forwarded-For': forwarded, 'Content-Type': 'application/json' };
    await send(`${url}/api/v1/pool/acquire`, { method: 'POST', headers, body: '{}' });
    const query = encodeURIComponent('{ acquisitions { edges { node { caller } } } }');
    const { body } = await send(`${url}/graphql?query=${query}`, { method: 'GET' });
    expect(JSON.parse(body)).toMatchObject({ data: { acquisitions: { edges: [{ node: { caller } }] } } });
  },
);
