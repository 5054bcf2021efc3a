import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { aStamp } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { type Sent, send } from './send.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const APP = 'https://app.example';

async function service(): Promise<RestServer> {
  const server = await restServer({
    stamps: Array.from({ length: 9 }, (_, n) => aStamp({ n: n + 1 })),
    run: aRun(),
    exposure: {
      allowedHosts: new Set(['localhost', '127.0.0.1', '[::1]', 'pool.example']),
      corsOrigins: new Set([APP]),
    },
  });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  return server;
}

describe('a host name', () => {
  test.each([
    ['127.0.0.1:8000', 200],
    ['LOCALHOST', 200],
    ['localhost.:8000', 200],
    ['[::1]:8000', 200],
    ['pool.example', 200],
    ['evil.example', 403],
    ['evil.example:8000', 403],
    ['pool.example.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
  ])('%s is answered with %i, over HTTP and WebSocket', async (host, status) => {
    const { url } = await service();
    for (const path of ['/health', '/api/v1/pool/status', '/graphql?query={__typename}', '/nothing-here']) {
      const { status: got } = await send(url + path, { method: 'GET', headers: { Host: host } });
      expect(got).toBe(status === 200 && path === '/nothing-here' ? 404 : status);
    }
    const acquired = await send(`${url}/api/v1/pool/acquire`, {
      method: 'POST',
      headers: { Host: host, ...JSON_TYPE },
      body: '{}',
    });
    expect(acquired.status).toBe(status);
    expect((await send(`${url}/livez`, { method: 'GET', headers: { Host: host } })).status).toBe(200);
    expect(await handshake(url, { Host: host })).toBe(status === 200 ? 'open' : status);
  });
});

/** 'open', or the status with which a WebSocket is refused. */
const handshake = async (
  url: string,
  headers: Record<string, string>,
): Promise<'open' | number | undefined> =>
  await new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
    socket.on('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode));
  });

const MUTATION = JSON.stringify({ query: 'mutation { acquireStamp(input: {}) { __typename } }' });

describe('a request that changes something', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['a program', {}, true],
    ['a page of this service', { Origin: 'http://pool.example', 'Sec-Fetch-Site': 'same-origin' }, true],
    ['a page of an allowed origin', { Origin: APP, 'Sec-Fetch-Site': 'cross-site' }, true],
    ['the address bar', { 'Sec-Fetch-Site': 'none' }, true],
    ['a page of another origin', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }, false],
    ['an old browser on another site', { Origin: 'https://evil.example' }, false],
    ['a page of another scheme', { Origin: 'http://app.example' }, false],
    ['a sandboxed page', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }, false],
    ['a form without an origin', { 'Sec-Fetch-Site': 'cross-site' }, false],
    ['a page of a sibling domain', { 'Sec-Fetch-Site': 'same-site' }, false],
  ])('from %s', async (_who, headers, isAccepted) => {
    const { url } = await service();
    const requests: readonly [string, Sent][] = [
      ['/api/v1/pool/acquire', { method: 'POST', body: '{}', headers: JSON_TYPE }],
      ['/api/v1/pool/check', { method: 'POST' }],
      ['/api/v1/pool/check', { method: 'POST', body: 'a=b', headers: { 'Content-Type': 'text/plain' } }],
      ['/graphql', { method: 'POST', body: MUTATION, headers: JSON_TYPE }],
    ];
    for (const [path, request] of requests) {
      const { status } = await send(url + path, {
        ...request,
        headers: { Host: 'pool.example', ...request.headers, ...headers },
      });
      expect([path, status]).toEqual([path, isAccepted ? 200 : 403]);
    }
    expect(await handshake(url, { Host: 'pool.example', ...headers })).toBe(isAccepted ? 'open' : 403);
  });
});

describe('a page of another origin', () => {
  const preflight = async (origin: string) =>
    await send(`${(await service()).url}/api/v1/pool/acquire`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key,prefer,x-payment-mode',
      },
    });

  test('that is allowed may send the headers of the API, and read those of its responses', async () => {
    const { status, headers } = await preflight(APP);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-headers':
        'Authorization, Content-Type, Idempotency-Key, Prefer, X-Payment-Mode, X-Request-Id, traceparent, tracestate',
      'access-control-allow-methods': 'GET, HEAD, POST',
      allow: 'POST',
      vary: expect.stringContaining('Origin'),
    });
    const { url } = await service();
    const read = await send(`${url}/api/v1/pool/status`, { method: 'GET', headers: { Origin: APP } });
    expect(read.headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-expose-headers':
        'Retry-After, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, Idempotent-Replayed, X-Request-Id',
    });
    expect(read.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  test('that is not allowed may read nothing', async () => {
    const refused = await preflight('https://evil.example');
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    const { url } = await service();
    const headers = { Origin: 'https://evil.example' };
    const read = await send(`${url}/api/v1/pool/status`, { method: 'GET', headers });
    expect(read.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

test('every response has the headers that protect a browser', async () => {
  const { url } = await service();
  for (const path of ['/health', '/nothing-here', '/graphql?query={__typename}', '/api/v1/pool/status']) {
    const { headers } = await send(url + path, { method: 'GET' });
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
  }
});
