import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createClient } from 'graphql-ws';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Access, openAccess } from '../../src/access/access.ts';
import { createJwtVerifier } from '../../src/access/jwt.ts';
import type { Exposure } from '../../src/domain/access-settings.ts';
import { depth } from '../../src/domain/units.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { aStamp, aToken, T0 } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { accessParts, invalidCredentials, issue } from './credentials.ts';
import { jwtIssuer } from './jwt-issuer.ts';

const LEVELS = 'subscription { reserveLevels { totalAvailable } }';

interface Opened {
  readonly server: RestServer;
  readonly access: Access;
  readonly tokens: TokenStore;
}

async function opened(
  parts: Parameters<typeof accessParts>[1] = {},
  exposure: Partial<Exposure> = {},
): Promise<Opened> {
  const { promise, resolve } = Promise.withResolvers<Access>();
  const server = await restServer({
    stamps: [aStamp()],
    exposure,
    authenticate: async (tokens) => {
      const access = await openAccess(accessParts(tokens, parts));
      resolve(access);
      return access.authenticate;
    },
  });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  return { server, access: await promise, tokens: server.store.tokens };
}

interface Watching {
  /** Resolves with the first event, or with the code and reason of the close frame. */
  readonly first: Promise<unknown>;
  readonly closed: Promise<string>;
}

/** A subscription over WebSocket, by the client of graphql-ws. */
function watch(
  { server }: Opened,
  authorization?: string,
  query = LEVELS,
  parameter = 'authorization',
): Watching {
  const { promise: closed, resolve: close } = Promise.withResolvers<string>();
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(authorization !== undefined && { connectionParams: { [parameter]: authorization } }),
    on: {
      closed: (event) => {
        if (event instanceof Object && 'code' in event && 'reason' in event)
          close(`${String(event.code)} ${String(event.reason)}`);
      },
    },
  });
  const first = client
    .iterate({ query })
    .next()
    .then(
      ({ value }) => value,
      () => closed,
    );
  return { first, closed };
}

describe('a WebSocket', () => {
  test('is closed with 4401 for credentials that are not accepted', async () => {
    await using issuer = await jwtIssuer(() => T0);
    const clock = { now: () => T0, monotonicMs: () => 0 };
    const verifyJwt = createJwtVerifier(issuer, { clock, onUnavailable: () => {} });
    const service = await opened({ verifyJwt });
    const invalid = await invalidCredentials(service.tokens, issuer);
    for (const [name, authorization] of Object.entries(invalid)) {
      expect([name, await watch(service, authorization).first]).toEqual([
        name,
        expect.stringMatching(/^4401 \S/),
      ]);
    }
  });

  test('is closed with 4429 after too many wrong tokens', async () => {
    const service = await opened({ failedTriesPerMinute: 1 });
    await service.tokens.requireTokens(T0);
    await service.access.refresh();
    expect(await watch(service, 'Bearer wrong').first).toMatch(/^4401/);
    expect(await watch(service, 'Bearer wrong').first).toMatch(/^4429 Too many/);
  });

  test('has the scopes of its token, operation by operation', async () => {
    const service = await opened();
    const token = await issue(service.tokens, { scopes: ['read'] });
    expect(await watch(service, `Bearer ${token}`).first).toEqual({
      data: { reserveLevels: { totalAvailable: 1 } },
    });
    const orders = await watch(service, `Bearer ${token}`, '{ orders { edges { cursor } } }').first;
    expect(orders).toMatchObject({
      data: null,
      errors: [{ path: ['orders'], extensions: { code: 'FORBIDDEN', requiredScopes: ['maintain'] } }],
    });
  });

  test('gets its token also under the name of the header', async () => {
    const service = await opened();
    const token = await issue(service.tokens, { scopes: ['read'] });
    const watching = watch(service, `Bearer ${token}`, LEVELS, 'Authorization');
    expect(await watching.first).toHaveProperty('data');
  });

  test('refuses a subscription without the scope', async () => {
    const service = await opened();
    const token = await issue(service.tokens, { scopes: ['acquire', 'maintain'] });
    const outcome = await watch(service, `Bearer ${token}`).first;
    expect(JSON.stringify(outcome)).toContain('FORBIDDEN');
  });

  test('ends when its token is revoked, and when an open service begins to need one', async () => {
    const service = await opened();
    const open = watch(service);
    expect(await open.first).toHaveProperty('data');
    const token = await issue(service.tokens, { scopes: ['read'] });
    const watching = watch(service, `Bearer ${token}`);
    expect(await watching.first).toHaveProperty('data');
    await service.access.refresh();
    expect(await open.closed).toBe('4401 The service now needs a token.');
    await service.tokens.revokeTokens({ owner: aToken().owner }, T0);
    await service.access.refresh();
    expect(await watching.closed).toBe('4401 The token was revoked.');
  });
});

const subscribe = ({ server }: Opened, token: string): Promise<Response> =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query: LEVELS }),
  });

describe('an event stream', () => {
  test('ends when its token is revoked', async () => {
    const service = await opened();
    const response = await subscribe(service, await issue(service.tokens, { scopes: ['read'] }));
    const reader = response.body?.getReader();
    const text: string[] = [];
    while (!text.join('').includes('totalAvailable'))
      text.push(new TextDecoder().decode((await reader?.read())?.value));
    await service.tokens.revokeTokens({ owner: aToken().owner }, T0);
    await service.access.refresh();
    await expect(reader?.read()).rejects.toThrow(/terminated/);
  });

  test('is refused without a token or the scope', async () => {
    const service = await opened();
    const token = await issue(service.tokens, { scopes: ['acquire'] });
    const [forbidden, unknown] = [await subscribe(service, token), await subscribe(service, 'wrong')];
    expect(unknown.status).toBe(401);
    expect(await forbidden.text()).toContain('FORBIDDEN');
  });
});

describe('a request', () => {
  test('is refused before its body is sent', async () => {
    const { server, tokens, access } = await opened();
    await tokens.requireTokens(T0);
    await access.refresh();
    for (const path of ['/graphql', '/api/v1/pool/acquire']) {
      const request = httpRequest(server.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '50000' },
      });
      request.flushHeaders();
      const { statusCode } = await new Promise<IncomingMessage>((resolve) =>
        request.once('response', resolve),
      );
      request.destroy();
      expect([path, statusCode]).toEqual([path, 401]);
    }
  });

  test('with several mutations is refused as a whole if one of them needs another scope', async () => {
    const { server, tokens } = await opened();
    const token = await issue(tokens, { scopes: ['acquire'] });
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        query: `mutation { first: acquireStamp(input: {}) { __typename } ...rest }
          fragment rest on Mutation { second: runMaintenance { __typename } }`,
      }),
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      errors: [
        {
          path: ['second'],
          locations: [{ line: 2, column: 39 }],
          extensions: { code: 'FORBIDDEN', requiredScopes: ['maintain'] },
        },
      ],
    });
    expect((await server.store.acquisitions({ first: 1, after: null })).items).toEqual([]);
  });

  test('takes no token from the URL, from a cookie or in another scheme', async () => {
    const { server, tokens, access } = await opened();
    const token = await issue(tokens, { scopes: ['read'] });
    await access.refresh();
    const requests: readonly { readonly query?: string; readonly headers?: Record<string, string> }[] = [
      { query: `?access_token=${token}&token=${token}` },
      { headers: { cookie: `authorization=Bearer ${token}; token=${token}` } },
      { headers: { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` } },
      { headers: { authorization: token } },
      { headers: { authorization: `bearer ${token}` } },
    ];
    const statuses = await Promise.all(
      requests.map(async ({ query = '', headers = {} }) => {
        const response = await fetch(`${server.url}/api/v1/pool/status${query}`, { headers });
        return response.status;
      }),
    );
    expect(statuses).toEqual([401, 401, 401, 401, 200]); // the scheme is case-insensitive
  });

  test('of a browser without a token may load the page of GraphiQL, and executes nothing', async () => {
    const { server, tokens, access } = await opened();
    await tokens.requireTokens(T0);
    await access.refresh();
    const get = async (path: string): Promise<readonly [number, string | null]> => {
      const response = await fetch(server.url + path, { headers: { accept: 'text/html, application/json' } });
      await response.body?.cancel();
      return [response.status, response.headers.get('www-authenticate')];
    };
    const unauthenticated = [401, 'Bearer realm="stamp-pool"'];
    expect(await get('/graphql')).toEqual([200, null]);
    expect(await get('/graphql?query={__schema{queryType{name}}}')).toEqual(unauthenticated);
    expect(await get('/graphql?query={poolStatus{enabled}}')).toEqual(unauthenticated);
    expect(await get('/api/v1/pool/status')).toEqual(unauthenticated);
  });

  test('of a browser needs a token also for /graphql if GraphiQL is off', async () => {
    const { server, tokens, access } = await opened({}, { graphiql: false });
    await tokens.requireTokens(T0);
    await access.refresh();
    const response = await fetch(`${server.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
  });

  test('of a browser in the anonymous tier is counted like any other', async () => {
    const anonymousTier = { depths: new Set([depth(17)]), dailyStamps: 1, dailyStampsPerAddress: null };
    const { server, tokens, access } = await opened({ anonymousTier, requestsPerSecond: 1 });
    await tokens.requireTokens(T0);
    await access.refresh();
    const headers = { accept: 'text/html, application/json' };
    const response = await fetch(`${server.url}/graphql?query={__typename}`, { headers });
    expect([response.status, response.headers.get('ratelimit')]).toEqual([
      200,
      expect.stringContaining('"address";r=9;'),
    ]);
  });
});
