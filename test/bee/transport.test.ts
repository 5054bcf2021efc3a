import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { connectOptions, type HttpRequest, openTransport, parseBaseUrl } from '../../src/bee/transport.ts';
import { deadPort } from '../dead-port.ts';
import { type Listening, serveHttp, serveKeptAlive, serveSockets } from './servers.ts';

const GET = { method: 'GET', path: '/health', headers: {} } as const satisfies HttpRequest;
const POST = {
  method: 'POST',
  path: '/stamps/1/17?label=x',
  headers: { Immutable: 'true' },
} as const satisfies HttpRequest;
const urlOf = ({ port }: Listening) => `http://127.0.0.1:${port}`;

describe('a request', () => {
  test('is sent with its method, path and headers and without a body, and its answer is returned whole', async () => {
    const seen: Partial<IncomingMessage>[] = [];
    await using server = await serveHttp(({ method, url, headers }, response) => {
      seen.push({ method, url, headers });
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"batchID":"ü"}\n\n');
    });
    await using transport = openTransport(urlOf(server));
    expect(await transport.send(POST)).toEqual({
      status: 201,
      contentType: 'application/json',
      body: '{"batchID":"ü"}\n\n',
    });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/stamps/1/17?label=x',
        headers: expect.objectContaining({
          immutable: 'true',
          'content-length': '0',
          'accept-encoding': 'identity',
        }),
      },
    ]);
  });

  test('is sent below the path of the base URL, with its user as basic authentication', async () => {
    const seen: unknown[] = [];
    await using server = await serveHttp((request, response) => {
      seen.push([request.url, request.headers.authorization]);
      response.end();
    });
    await using transport = openTransport(`http://me:p%40ss@127.0.0.1:${server.port}/bees/one/`);
    await transport.send(GET);
    expect(seen).toEqual([['/bees/one/health', `Basic ${Buffer.from('me:p@ss').toString('base64')}`]]);
  });

  test('does not follow a redirect, because it may cost money', async () => {
    let requestCount = 0;
    await using server = await serveHttp((_request, response) => {
      requestCount++;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await using transport = openTransport(urlOf(server));
    expect((await transport.send(POST)).status).toBe(307);
    expect(requestCount).toBe(1);
  });
});

test.each([
  ['', ''],
  ['/', ''],
  ['//', ''],
  ['/bees', '/bees'],
  ['/bees/one//', '/bees/one'],
])('a base URL with the path "%s" puts "%s" before each path', (path, prefix) => {
  expect(parseBaseUrl(`http://127.0.0.1:1633${path}`)).toMatchObject({
    origin: 'http://127.0.0.1:1633',
    prefix,
  });
});

test.each([
  [201, '/elsewhere', undefined],
  [299, '/elsewhere', undefined],
  [300, '/elsewhere?key=secret', '/elsewhere'],
  [399, 'http://me:secret@127.0.0.2:81/a', 'http://127.0.0.2:81/a'],
  [400, '/elsewhere', undefined],
  [302, 'http://[', 'an invalid address'],
  [302, null, undefined],
])('an answer with the status %i that names %s leads to %s', async (status, location, shown) => {
  await using server = await serveHttp(
    (_request, response) => void response.writeHead(status, location === null ? {} : { location }).end(),
  );
  await using transport = openTransport(urlOf(server));
  const answer = await transport.send(GET);
  expect(answer.location).toBe(shown?.startsWith('/') ? `${urlOf(server)}${shown}` : shown);
});

test('an answer that is encoded is passed on in no part', async () => {
  await using server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('not what it says');
  });
  await using transport = openTransport(urlOf(server));
  const parts: string[] = [];
  const onText = (part: string): boolean => parts.push(part) > 0;
  await expect(transport.send({ ...GET, onText })).rejects.toMatchObject({
    message: 'the answer is encoded as "gzip", which was not requested',
    mayHaveBeenSent: true,
    invalidAnswer: true,
  });
  expect(parts).toEqual([]);
});

test('the body of a 200 is passed on part by part if that is wanted, and that of another answer is returned', async () => {
  await using server = await serveHttp(
    ({ url }, response) => void response.writeHead(Number(url?.slice(1))).end('{}'),
  );
  await using transport = openTransport(urlOf(server));
  const read = async (status: number) => {
    const parts: string[] = [];
    const onText = (part: string): boolean => parts.push(part) > 0;
    const { body } = await transport.send({ ...GET, path: `/${status}`, onText });
    return { body, parts: parts.join('') };
  };
  expect(await read(200)).toEqual({ body: '', parts: '{}' });
  for (const status of [201, 203, 404, 503]) expect(await read(status)).toEqual({ body: '{}', parts: '' });
});

test('an answer to a purchase has at most 64 KiB', async () => {
  let body = 'x'.repeat(64 * 1024);
  await using server = await serveHttp((_request, response) => response.end(body));
  await using transport = openTransport(urlOf(server));
  expect((await transport.send(POST)).body).toHaveLength(64 * 1024);
  body += 'x';
  await expect(transport.send(POST)).rejects.toMatchObject({
    name: 'TransportError',
    message: 'the answer is longer than any that Bee sends',
    mayHaveBeenSent: true,
    invalidAnswer: true,
  });
  expect((await transport.send(GET)).body).toHaveLength(64 * 1024 + 1);
});

/** A request during which this error is thrown. */
const failing = (request: HttpRequest, error: Error): HttpRequest => ({
  ...request,
  get headers(): never {
    throw error;
  },
});

describe('an error of the network', () => {
  test('lists what failed at each address of a host, in at most 500 characters', async () => {
    await using transport = openTransport('http://127.0.0.1:1');
    const errors = [new Error('connect ::1'), new AggregateError([new Error('connect 127.0.0.1'), 'b'])];
    await expect(transport.send(failing(POST, new AggregateError(errors)))).rejects.toMatchObject({
      message: 'connect ::1, connect 127.0.0.1, b',
      mayHaveBeenSent: false,
    });
    for (const [length, shown] of [
      [500, 'x'.repeat(500)],
      [501, `${'x'.repeat(500)}…`],
    ] as const)
      await expect(transport.send(failing(POST, new Error('x'.repeat(length))))).rejects.toMatchObject({
        name: 'TransportError',
        message: shown,
      });
  });
});

describe('an error that no network causes', () => {
  test.each([TypeError, RangeError, ReferenceError, SyntaxError])(
    'is a bug, and is thrown as it is: %o',
    async (kind) => {
      const bug = new kind('a bug');
      await using transport = openTransport('http://127.0.0.1:1');
      for (const request of [GET, POST])
        await expect(transport.send(failing(request, bug))).rejects.toBe(bug);
    },
  );

  test('is a bug in what reads the parts of an answer, too', async () => {
    const bug = new TypeError('a bug');
    await using server = await serveHttp((_request, response) => response.end('{}'));
    await using transport = openTransport(urlOf(server));
    const onText = (): never => {
      throw bug;
    };
    await expect(transport.send({ ...GET, onText })).rejects.toBe(bug);
  });
});

describe('a missing answer', () => {
  test.each(['GET', 'POST', 'PATCH'] as const)(
    'is a failure after a %s that may have been sent',
    async (method) => {
      await using server = await serveHttp((request) => request.socket.resetAndDestroy());
      await using transport = openTransport(urlOf(server));
      await expect(transport.send({ ...POST, method })).rejects.toMatchObject({
        name: 'TransportError',
        mayHaveBeenSent: true,
      });
    },
  );

  test('means that the request may have been sent, also when the peer closed before reading it', async () => {
    await using server = await serveSockets((socket) => socket.end());
    await using transport = openTransport(urlOf(server));
    await expect(transport.send(POST)).rejects.toMatchObject({ mayHaveBeenSent: true });
  });

  test('is a failure when half of it arrived', async () => {
    await using server = await serveHttp((_request, response) => {
      response.writeHead(201, { 'content-length': 200 });
      response.write('{"batchID":', () => response.destroy());
    });
    await using transport = openTransport(urlOf(server));
    await expect(transport.send(POST)).rejects.toMatchObject({ mayHaveBeenSent: true });
  });

  test('is a failure when the peer does not speak HTTP', async () => {
    await using server = await serveSockets((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    await using transport = openTransport(urlOf(server));
    await expect(transport.send(POST)).rejects.toMatchObject({ mayHaveBeenSent: true });
  });

  test('is a failure when the body exceeds the maximum', async () => {
    const megabyte = Buffer.alloc(2 ** 20);
    await using server = await serveHttp((_request, response) => {
      const more = () => void (response.write(megabyte) && more());
      response.on('drain', more);
      more();
    });
    await using transport = openTransport(urlOf(server));
    await expect(transport.send(GET)).rejects.toMatchObject({ name: 'TransportError' });
  });
});

describe('a request that certainly was not sent', () => {
  test.each([
    ['nothing listens', async () => `http://127.0.0.1:${await deadPort()}`],
    ['nothing listens on any address of a name', async () => `http://localhost:${await deadPort()}`],
    ['the name is unknown', () => Promise.resolve('http://bee.invalid:1633')],
  ])('is one when %s', async (_when, url) => {
    await using transport = openTransport(await url());
    await expect(transport.send(POST)).rejects.toMatchObject({
      name: 'TransportError',
      mayHaveBeenSent: false,
      message: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/),
    });
  });

  test('is one when the TLS handshake fails', async () => {
    await using server = await serveSockets((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await using transport = openTransport(`https://127.0.0.1:${server.port}`);
    await expect(transport.send(POST)).rejects.toMatchObject({
      name: 'TransportError',
      mayHaveBeenSent: false,
    });
  });

  test('is one when the transport is closed', async () => {
    let requests = 0;
    await using server = await serveHttp((_request, response) => {
      requests += 1;
      response.end('{}');
    });
    const transport = openTransport(urlOf(server));
    await transport[Symbol.asyncDispose]();
    for (const request of [POST, GET])
      await expect(transport.send(request)).rejects.toMatchObject({
        name: 'TransportError',
        message: 'the connection to the node is closed',
        mayHaveBeenSent: false,
        invalidAnswer: false,
      });
    expect(requests).toBe(0);
  });
});

describe('connections', () => {
  test('are shared by reads, while each purchase or top-up has its own', async () => {
    const portsOf = { GET: new Set(), POST: new Set(), PATCH: new Set() };
    await using server = await serveHttp(({ method, socket }, response) => {
      if (method === 'GET' || method === 'POST' || method === 'PATCH') portsOf[method].add(socket.remotePort);
      response.end('{}');
    });
    await using transport = openTransport(urlOf(server));
    for (let i = 0; i < 10; i++) {
      for (const method of ['GET', 'POST', 'PATCH'] as const) await transport.send({ ...GET, method });
    }
    const alone = new Set([...portsOf.POST, ...portsOf.PATCH]);
    expect(alone.size).toBe(20);
    expect(alone.intersection(portsOf.GET).size).toBe(0);
    expect(portsOf.GET.size).toBeLessThan(10);
  });

  test('of a purchase or a top-up are closed after its answer', async () => {
    await using server = await serveKeptAlive((_request, response) => void response.end('{}'));
    await using transport = openTransport(urlOf(server));
    for (const method of ['POST', 'PATCH'] as const) await transport.send({ ...POST, method });
    expect(server.sockets).toHaveLength(2);
    await expect.poll(() => server.sockets.every(({ destroyed }) => destroyed), { interval: 1 }).toBe(true);
  });

  test('that are dead are noticed by TCP, and end when no connection is established in ten seconds', () => {
    expect(connectOptions(null)).toEqual({
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      timeout: 10_000,
      rejectUnauthorized: true,
    });
  });

  test('end with the transport, and an open request may have been sent', async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await serveHttp(() => arrived.resolve());
    const transport = openTransport(urlOf(server));
    const sent = transport.send(POST).catch((error: unknown) => error);
    await arrived.promise;
    await transport[Symbol.asyncDispose]();
    expect(await sent).toMatchObject({ name: 'TransportError', mayHaveBeenSent: true });
  });
});

describe('the base URL', () => {
  test.each([
    '',
    'bee:1633',
    'localhost',
    'ftp://bee',
    'web+http://bee',
    'http://bee/?key=1',
    'http://bee/#x',
    'http://u:secret@',
  ])('is rejected if it is invalid: "%s", and the error does not repeat it', (url) => {
    expect(() => openTransport(url)).toThrow(
      new RangeError('the URL of a Bee node must be http:// or https://, without query or fragment'),
    );
  });

  test('does not reveal its password in an error', async () => {
    await using server = await serveHttp((request) => request.socket.resetAndDestroy());
    for (const port of [server.port, await deadPort()]) {
      await using transport = openTransport(`http://me:secret@127.0.0.1:${port}`);
      const failure: unknown = await transport.send(POST).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(detailsOf(failure)).not.toMatch(/secret|bWU6/);
    }
  });
});

const detailsOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.stack} ${JSON.stringify(error)} ${detailsOf(error.cause)}`
    : JSON.stringify(error);
