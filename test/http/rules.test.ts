import { METHODS } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aStamp } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { assertNothingLogged, type Sent, send, sendBytes } from './send.ts';

/** Every route with its methods and a query that is answered with 200. */
const ROUTES = [
  { path: '/', allow: 'GET, HEAD' },
  { path: '/health', allow: 'GET, HEAD' },
  { path: '/livez', allow: 'GET, HEAD' },
  { path: '/readyz', allow: 'GET, HEAD' },
  { path: '/metrics', allow: 'GET, HEAD' },
  { path: '/graphql', allow: 'GET, HEAD, POST', query: '?query=%7B__typename%7D' },
  { path: '/api/v1/openapi.json', allow: 'GET, HEAD' },
  { path: '/api/v1/pool/status', allow: 'GET, HEAD' },
  { path: '/api/v1/pool/available', allow: 'GET, HEAD' },
  { path: '/api/v1/pool/acquire', allow: 'POST' },
  { path: '/api/v1/pool/check', allow: 'POST' },
];
const JSON_HEADERS = { 'Content-Type': 'application/json' };
const GRAPHQL_BODY = '{"query":"{ __typename }"}';
/** A request that every POST route answers with 200. */
const post = (path: string, headers: Sent['headers'] = JSON_HEADERS): Sent => ({
  method: 'POST',
  headers,
  body: path === '/graphql' ? GRAPHQL_BODY : '{}',
});

let server: RestServer;
beforeAll(async () => {
  const stamps = Array.from({ length: 400 }, (_, n) => aStamp({ n: n + 1 }));
  server = await restServer({ stamps, run: aRun() });
});
afterAll(async () => await server[Symbol.asyncDispose]());
afterEach(() => assertNothingLogged(server));

describe.each(ROUTES)('every route: $path', ({ path, allow }) => {
  const url = () => `${server.url}${path}`;
  const refused = METHODS.filter((method) => !allow.split(', ').includes(method) && method !== 'CONNECT');

  test.each(refused.filter((method) => method !== 'OPTIONS'))(
    'rejects %s and lists its methods',
    async (method) => {
      const bodies = [
        {},
        { body: '{' },
        { body: '{', headers: { 'Content-Type': 'garbage', 'Content-Encoding': 'gzip' } },
      ];
      for (const sent of bodies) {
        const { status, headers } = await send(url(), { method, ...sent });
        expect([status, headers.allow]).toEqual([405, allow]);
      }
    },
  );

  test('lists its methods for OPTIONS', async () => {
    const { status, headers, body } = await send(url(), { method: 'OPTIONS' });
    expect([status, headers.allow, body]).toEqual([204, allow, '']);
  });

  test.each(['a b', 'a/b', 'a?b', 'a#b', 'me@a', 'a\\b', '[::1', 'a:b', '\u00e4'])(
    'rejects the Host %j',
    async (host) => {
      const method = allow.split(', ')[0] ?? '';
      const head = `${method} ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n`;
      expect(await sendBytes(server.url, `${head}Host: ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
      expect(await sendBytes(server.url, `${head}Host: a\r\nHost: b\r\n\r\n`)).toMatch(/^HTTP\/1.1 400 /);
    },
  );

  test('says in JSON that it needs a Host, and that it meets no other expectation than 100-continue', async () => {
    const method = allow.split(', ')[0] ?? '';
    const head = `${method} ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n`;
    expect(await sendBytes(server.url, `${head}\r\n`)).toMatch(
      /^HTTP\/1.1 400 .*application\/json.*"The Host header is not valid."/s,
    );
    expect(await sendBytes(server.url, `${head}Host: a\r\nExpect: a-miracle\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 417 .*application\/json.*"This expectation cannot be met."/s,
    );
  });

  test('ignores any Upgrade except to a WebSocket for GraphQL', async () => {
    const method = allow.split(', ').at(-1) ?? '';
    const sent = method === 'POST' ? post(path) : { method };
    for (const upgrade of ['h2c', 'websocket2', 'TLS/1.0, h2c']) {
      const headers = {
        ...sent.headers,
        Connection: 'Upgrade, HTTP2-Settings',
        Upgrade: upgrade,
        'HTTP2-Settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
      };
      expect((await send(url(), { ...sent, headers })).status).toBe(200);
    }
  });
});

describe.each(ROUTES.filter(({ allow }) => allow.includes('GET')))(
  'a GET route: $path',
  ({ path, query = '' }) => {
    const url = () => `${server.url}${path}`;

    test('answers HEAD like GET, without a body', async () => {
      for (const accept of ['*/*', 'text/html', 'application/json', 'text/event-stream']) {
        const headers = { Accept: accept };
        const get = await send(url() + query, { method: 'GET', headers });
        const head = await send(url() + query, { method: 'HEAD', headers });
        expect([head.status, head.body, head.headers['content-type']]).toEqual([
          get.status,
          '',
          get.headers['content-type'],
        ]);
        expect(Object.keys(get.headers)).toEqual(
          expect.arrayContaining(Object.keys(head.headers).filter((name) => name !== 'content-length')),
        );
      }
    });
  },
);

describe.each(ROUTES.filter(({ allow }) => allow.includes('POST')))('a POST route: $path', ({ path }) => {
  const url = () => `${server.url}${path}`;

  test('accepts the media type of JSON in any case and with parameters', async () => {
    for (const type of [
      'Application/JSON',
      'APPLICATION/JSON; Charset=UTF-8',
      'application/json;charset="utf-8";v=1',
      'application/json ; x=y',
    ]) {
      const { status } = await send(url(), post(path, { 'Content-Type': type }));
      expect([type, status]).toEqual([type, 200]);
    }
  });

  test('rejects content and transfer codings, and sends Accept-Encoding', async () => {
    for (const coding of [
      { 'Content-Encoding': 'gzip' },
      { 'Content-Encoding': 'GZip' },
      { 'Content-Encoding': 'identity, br' },
      { 'Content-Encoding': 'none' },
      { 'Transfer-Encoding': 'gzip, chunked' },
    ]) {
      const { status, headers } = await send(url(), post(path, { ...JSON_HEADERS, ...coding }));
      expect([coding, status, headers['accept-encoding']]).toEqual([coding, 415, 'identity']);
    }
    for (const coding of [{ 'Content-Encoding': 'Identity' }, { 'Transfer-Encoding': 'Chunked' }]) {
      expect((await send(url(), post(path, { ...JSON_HEADERS, ...coding }))).status).toBe(200);
    }
  });

  test('rejects a malformed media type', async () => {
    expect((await send(url(), post(path, { 'Content-Type': 'garbage' }))).status).toBe(415);
  });
});

describe('the media type of a request', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/json; charset=utf-16',
    'application/json5',
    '',
  ])('%j is rejected by GraphQL with a GraphQL error', async (type) => {
    const headers = type === '' ? {} : { 'Content-Type': type };
    const { status, body } = await send(`${server.url}/graphql`, {
      method: 'POST',
      headers,
      body: GRAPHQL_BODY,
    });
    expect([status, JSON.parse(body)]).toEqual([
      415,
      {
        errors: [
          {
            message: expect.stringContaining('Send the request as application/json'),
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      },
    ]);
  });

  test('is ignored without a body', async () => {
    const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'garbage/x' };
    expect((await send(`${server.url}/health`, { method: 'GET', headers })).status).toBe(200);
  });
});

describe('a target', () => {
  test.each([
    ['http://elsewhere.example/health', 'GET', 200],
    ['HTTP://elsewhere.example/graphql?query={__typename}', 'GET', 200],
    ['http://elsewhere.example/api/v1/pool/status/', 'DELETE', 405],
    ['/health?a=b/c', 'POST', 405],
    ['/health/', 'POST', 405],
    ['/%68ealth', 'GET', 200],
    ['/%68ealth/', 'POST', 405],
    ['/%68ealth', 'OPTIONS', 204],
    ['/health%2f', 'POST', 404],
    ['/%zz', 'POST', 400],
    ['*', 'OPTIONS', 204],
    ['*', 'GET', 400],
    ['/%zz', 'GET', 400],
    ['health', 'GET', 400],
    ['ftp://elsewhere.example/health', 'GET', 404],
    ['http://elsewhere.example', 'GET', 200],
    ['elsewhere.example:80', 'CONNECT', 405],
    [`/${'/'.repeat(15_000)}x`, 'GET', 404],
    ['/nothing', 'OPTIONS', 404],
  ])('%s is interpreted as HTTP requires', async (target, method, status) => {
    const answer = await sendBytes(
      server.url,
      `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});

test.each([
  ['GET /livez HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n', 400, 'This is not a valid HTTP request.'],
  [
    'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    400,
    'This is not a valid HTTP request.',
  ],
  [
    `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'The headers of the request are too large.',
  ],
  [
    `POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}\r\n`,
    413,
    'The chunk extensions of the body are too large.',
  ],
])(
  'what is no HTTP is answered in the shape of the other errors, and the connection is closed: %j',
  async (bytes, status, detail) => {
    const [head = '', body = ''] = (await sendBytes(server.url, bytes)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\nConnection: close\r\n`));
    expect(JSON.parse(body)).toEqual({ detail });
  },
);
