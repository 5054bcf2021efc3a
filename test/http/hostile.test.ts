import { once } from 'node:events';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { anyText } from '../any-text.ts';
import { aStamp } from '../builders.ts';
import { cpuTimeMs } from '../cpu-time.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { withMembers } from '../store/with-members.ts';
import { assertNothingLogged, send, sendBytes } from './send.ts';

let server: RestServer;
beforeAll(async () => {
  const stamps = Array.from({ length: 400 }, (_, n) => aStamp({ n: n + 1 }));
  server = await restServer({ stamps, run: aRun() });
});
afterAll(async () => await server[Symbol.asyncDispose]());
afterEach(() => assertNothingLogged(server));

const postGraphql = async (body: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
  await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const bytes = (head: string, ...tail: number[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...new TextEncoder().encode(head), ...tail]);

describe('an error of the client over HTTP is a 400', () => {
  test.each([
    ['variables that are not JSON', { variables: '{a' }],
    ['extensions that are not JSON', { extensions: 'x' }],
    ['variables that are too deep', { variables: `{"a":${nested(2000)}}` }],
  ])('%s, by GET', async (_what, parameters) => {
    const search = new URLSearchParams({ query: '{__typename}', ...parameters });
    const { status, body } = await send(`${server.url}/graphql?${search}`, { method: 'GET' });
    expect([status, JSON.parse(body)]).toEqual([
      400,
      { errors: [{ message: expect.stringContaining('JSON'), extensions: { code: 'BAD_REQUEST' } }] },
    ]);
  });

  test.each([
    ['variables 45,000 deep', `{"query":"{__typename}","variables":{"a":${nested(45_000)}}}`],
    ['variables that are not closed', `{"query":"{__typename}","variables":${'['.repeat(90_000)}`],
    ['thousands of members', `{"query":"{__typename}","variables":{"a":[${'1,'.repeat(40_000)}1]}}`],
    ['quotes without end', '"'.repeat(98_000)],
    ['bytes that are not UTF-8', bytes('{"query":"{__typename} #', 0xff, 0x22, 0x7d)],
    ['half a surrogate in UTF-8', bytes('{"query":"{__typename} #', 0xed, 0xa0, 0x80, 0x22, 0x7d)],
  ])('%s, by POST', async (_what, body) => {
    const began = cpuTimeMs();
    const response = await postGraphql(body);
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        errors: [
          { message: expect.any(String), extensions: expect.objectContaining({ code: 'BAD_REQUEST' }) },
        ],
      },
    ]);
    expect(cpuTimeMs() - began).toBeLessThan(1000);
  });
});

describe('a client that has disconnected', () => {
  test.each([
    'CONNECT elsewhere.example:80 HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /api/v1/pool/acquire HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
    'POST /api/v1/pool/acquire HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{',
    'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{"query":"{__typename}"}',
    'GET /graphql?query=subscription{reserveLevels{totalAvailable}} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n',
    'GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  ])('does not disturb the service: %j', async (request) => {
    const isComplete = !request.endsWith('{');
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(request);
      if (isComplete && round % 2 === 0) await once(socket, 'data');
      const closed = once(socket, 'close');
      socket.resetAndDestroy();
      await closed;
    }
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});

test.each([
  ['over REST', '/api/v1/pool/acquire', '{}'],
  ['over GraphQL', '/graphql', '{"query":"mutation { acquireStamp(input: {}) { __typename } }"}'],
])('a client that does not wait for its stamp is no error of the service: %s', async (_how, path, body) => {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  await using slow = await restServer({
    stamps: [aStamp({ n: 1 })],
    around: (store) =>
      withMembers(store, {
        acquire: async (...requests) => {
          reach();
          await answered;
          return await store.acquire(...requests);
        },
      }),
  });
  const leaving = new AbortController();
  const request = fetch(`${slow.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
    signal: leaving.signal,
  });
  await reached;
  leaving.abort();
  await expect(request).rejects.toThrow('aborted');
  await fetch(`${slow.url}/health`); // the service has seen the end of the connection by then
  answer();
  await expect
    .poll(async () => (await slow.store.acquisitions({ first: 1, after: null })).items)
    .toHaveLength(1);
  await fetch(`${slow.url}/health`);
  assertNothingLogged(slow);
});

describe('an error of the client over WebSocket', () => {
  /** A WebSocket that the service has acknowledged. */
  async function opened(): Promise<WebSocket> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('error', () => {}); // of a frame that was not sent
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    return socket;
  }

  /** The code with which the service closes a WebSocket after this message. */
  async function closedBy(message: string | Uint8Array): Promise<number> {
    const socket = await opened();
    socket.send(message);
    const [code]: unknown[] = await once(socket, 'close');
    return Number(code);
  }

  test.each([
    ['malformed JSON', '{'],
    ['JSON that is not a message', '5'],
    ['a message that only a server sends', '{"type":"next","id":"1","payload":{}}'],
    ['a message of an unknown type', '{"type":"toString"}'],
    ['JSON that is too deep', `{"type":"ping","payload":${nested(45_000)}}`],
    ['an id that is not a string', '{"type":"subscribe","id":5,"payload":{"query":"{__typename}"}}'],
    ['a document that is not a string', '{"type":"subscribe","id":"1","payload":{"query":5}}'],
    ['a binary message', new TextEncoder().encode('{"type":"ping"}')],
  ])('closes it with 4400: %s', async (_what, message) => {
    expect(await closedBy(message)).toBe(4400);
  });

  test('in one operation is answered with an error', async () => {
    const socket = await opened();
    for (const query of [
      '{',
      '{ nope }',
      'subscription ($x: Boolean!) { reserveLevels @include(if: $x) { at } }',
    ]) {
      socket.send(JSON.stringify({ type: 'subscribe', id: query, payload: { query } }));
      const [answer]: unknown[] = await once(socket, 'message');
      expect(JSON.parse(String(answer))).toMatchObject({ type: 'error', id: query });
    }
    socket.terminate();
  });
});

test('the preface of HTTP/2 in a request of HTTP/0.9 is an unknown method', async () => {
  expect(await sendBytes(server.url, 'PRI /health\r\n\r\n')).toMatch(/^HTTP\/1.1 405 /);
});

test.each(['', ' HTTP/0.9', ' HTTP/2.0'])(
  'a request line that ends with "%s" acquires nothing',
  async (version) => {
    const request = `POST /api/v1/pool/acquire${version}\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    expect(await sendBytes(server.url, request)).toMatch(
      /^HTTP\/1.1 400 .*"Send the request as HTTP\/1.1 or HTTP\/1.0."/s,
    );
    expect((await server.store.acquisitions({ first: 1, after: null })).items).toEqual([]);
  },
);

test('no sequence of bytes makes the service fail', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'GET ',
      'POST ',
      'PRI ',
      '/graphql',
      '/health',
      '/api/v1/pool/acquire',
      ' HTTP/1.1\r\n',
      'Host: a\r\n',
    ),
    fc.constantFrom(
      'Content-Type: application/json\r\n',
      'Content-Length: 2\r\n',
      'Transfer-Encoding: chunked\r\n',
    ),
    fc.constantFrom(
      'Connection: Upgrade\r\nUpgrade: websocket\r\n',
      '\r\n',
      '{}',
      '?query={__typename}',
      '*',
      'http://',
    ),
    anyText({ maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      expect(await sendBytes(server.url, pieces.join(''), { hasNoEnd: true })).not.toMatch(/^HTTP\/1.1 5/);
    }),
    { numRuns: 300 },
  );
});
