import { getNamedType, isUnionType } from 'graphql';
import { createClient } from 'graphql-ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { openAccess } from '../../src/access/access.ts';
import { depth } from '../../src/domain/units.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { aStamp, T0 } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { accessParts, issue } from './credentials.ts';

/** One request a second: ten at once. */
const RATE = 1;
const BURST = 10;

interface Opened {
  readonly server: RestServer;
  readonly token: string;
}

/** A service that needs tokens, and a token with every scope whose owner has sent as many requests as it may. */
async function usedUp(): Promise<Opened> {
  const anonymousTier = { depths: new Set([depth(17)]), dailyStamps: 99, dailyStampsPerAddress: null };
  const server = await restServer({
    stamps: [aStamp()],
    run: aRun(),
    authenticate: async (tokens) => {
      await tokens.requireTokens(T0);
      return (await openAccess(accessParts(tokens, { anonymousTier, requestsPerSecond: RATE }))).authenticate;
    },
  });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  const token = await issue(server.store.tokens, { scopes: ['read', 'acquire', 'maintain'] });
  for (let n = 1; n <= BURST; n += 1) {
    const response = await get(server, token);
    expect(response.status).toBe(200);
    expect(response.headers.get('ratelimit-policy')).toBe('"owner";q=10;w=10');
    expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"owner";r=${BURST - n};t=\\d+$`));
    expect(response.headers.has('retry-after')).toBe(false);
  }
  return { server, token };
}

const headersOf = (token?: string): Record<string, string> => ({
  'content-type': 'application/json',
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
});

const get = (server: RestServer, token?: string): Promise<Response> =>
  fetch(`${server.url}/api/v1/pool/status`, { headers: headersOf(token) });

const send = (server: RestServer, token: string, query: string): Promise<Response> =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: headersOf(token),
    body: JSON.stringify({ query }),
  });

test.each([
  ['GET', '/api/v1/pool/status'],
  ['GET', '/api/v1/pool/available'],
  ['POST', '/api/v1/pool/acquire'],
  ['POST', '/api/v1/pool/check'],
  ['GET', '/metrics'],
] as const)('%s %s is refused with 429 beyond the rate of the owner', async (method, path) => {
  const { server, token } = await usedUp();
  const body = method === 'POST' ? { body: '{}' } : {};
  const response = await fetch(server.url + path, { method, headers: headersOf(token), ...body });
  expect([response.status, response.headers.get('ratelimit-policy')]).toEqual([429, '"owner";q=10;w=10']);
  expect(response.headers.get('ratelimit')).toMatch(/^"owner";r=0;t=([1-9]|10)$/);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(response.headers.has('x-ratelimit-limit')).toBe(false);
  expect(await response.json()).toEqual({
    detail: expect.stringMatching(/^Too many requests in a short time\. Retry in \d+ s\.$/),
  });
  const { items } = await server.store.acquisitions({ first: 1, after: null });
  expect(items).toEqual([]);
});

const FAILURE = '__typename ... on Failure { code message suggestion } ... on RateLimited { resetsAt }';
const rateLimited = {
  __typename: 'RateLimited',
  code: 'RATE_LIMITED',
  message: 'Too many requests in a short time.',
  suggestion: expect.stringMatching(/^Retry in \d+ s\.$/),
  resetsAt: expect.stringMatching(/^2026-03-01T12:00:/),
};

test.each([
  ['acquireStamp', `acquireStamp(input: {}) { ${FAILURE} }`],
  ['runMaintenance', `runMaintenance { ${FAILURE} }`],
  ['sendTestWebhook', `sendTestWebhook { ${FAILURE} }`],
  ['resendWebhook', `resendWebhook(id: "1") { ${FAILURE} }`],
])('%s answers with the type RateLimited', async (name, field) => {
  const { server, token } = await usedUp();
  const response = await send(server, token, `mutation { ${field} }`);
  expect([response.status, response.headers.has('retry-after')]).toEqual([200, true]);
  expect(await response.json()).toEqual({ data: { [name]: rateLimited } });
});

test('every mutation has that type in its result', () => {
  const fields = Object.values(createSchema().getMutationType()?.getFields() ?? {});
  const limited = fields.filter(({ type }) => {
    const result = getNamedType(type);
    return isUnionType(result) && result.getTypes().some(({ name }) => name === 'RateLimited');
  });
  expect(limited.map(({ name }) => name)).toEqual([
    'acquireStamp',
    'resendWebhook',
    'runMaintenance',
    'sendTestWebhook',
  ]);
  expect(fields).toEqual(limited);
});

test('other fields are an error with the code RATE_LIMITED, and 429 over HTTP', async () => {
  const { server, token } = await usedUp();
  const response = await send(server, token, '{ poolStatus { enabled } }');
  expect([response.status, response.headers.has('retry-after')]).toEqual([429, true]);
  expect(await response.json()).toMatchObject({
    errors: [{ message: 'Too many requests in a short time.', extensions: { code: 'RATE_LIMITED' } }],
  });
});

test('each operation of a WebSocket counts as a request', async () => {
  const { server } = await usedUp();
  const token = await issue(server.store.tokens, { owner: 'socket', scopes: ['read', 'acquire'] });
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  onTestFinished(async () => await client.dispose());
  const ask = async (query: string): Promise<unknown> => (await client.iterate({ query }).next()).value;
  for (let n = 1; n <= BURST; n += 1)
    expect(await ask('{ poolStatus { enabled } }')).toEqual({ data: { poolStatus: { enabled: true } } });
  const error = { errors: [{ extensions: { code: 'RATE_LIMITED' } }] };
  expect(await ask('{ poolStatus { enabled } }')).toMatchObject(error);
  expect(await ask('subscription { reserveLevels { totalAvailable } }')).toMatchObject(error);
  expect(await ask(`mutation { acquireStamp(input: {}) { ${FAILURE} } }`)).toEqual({
    data: { acquireStamp: rateLimited },
  });
});

test('the anonymous tier has a rate per address, of its own, with the headers that its client reads', async () => {
  const { server } = await usedUp();
  for (let n = 1; n <= BURST; n += 1)
    expect((await get(server)).headers.get('ratelimit-policy')).toBe('"address";q=10;w=10');
  const response = await get(server);
  const { headers, status } = response;
  expect([status, headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual([
    429,
    '10',
    '0',
  ]);
});

test('what needs no token has no rate', async () => {
  const { server, token } = await usedUp();
  for (const path of ['/health', '/', '/api/v1/openapi.json']) {
    const response = await fetch(server.url + path, { headers: headersOf(token) });
    expect([response.status, response.headers.has('ratelimit')]).toEqual([200, false]);
  }
});
