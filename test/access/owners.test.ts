import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type Access, openAccess } from '../../src/access/access.ts';
import { depth } from '../../src/domain/units.ts';
import { aStamp, hours, T0 } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { accessParts, issue } from './credentials.ts';

interface Opened {
  readonly server: RestServer;
  readonly access: Access;
  readonly at: (now: Date) => void;
}

async function opened(
  stamps = [1, 2, 3, 4].map((n) => aStamp({ n, ttlHours: 100 + n })),
  parts: Parameters<typeof accessParts>[1] = {},
): Promise<Opened> {
  const { promise, resolve } = Promise.withResolvers<Access>();
  let now = T0;
  const server = await restServer({
    stamps,
    authenticate: async (tokens) => {
      const access = await openAccess(accessParts(tokens, { clock: { now: () => now }, ...parts }));
      resolve(access);
      return access.authenticate;
    },
  });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  return {
    server,
    access: await promise,
    at: (later) => {
      now = later;
    },
  };
}

const acquired = z.object({ batch_id: z.string() });
const headersOf = (token?: string, key?: string): Record<string, string> => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(key !== undefined && { 'idempotency-key': key }),
});

async function acquire({ server }: Opened, token?: string, key?: string): Promise<string> {
  const response = await server.acquire({ size: 'small' }, headersOf(token, key));
  return acquired.parse(await response.json()).batch_id;
}

async function query({ server }: Opened, token: string, document: string): Promise<unknown> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(token) },
    body: JSON.stringify({ query: document }),
  });
  return z.object({ data: z.unknown() }).parse(await response.json()).data;
}

const mine = (batchIds: readonly string[], caller: string) => ({
  myAcquisitions: { edges: batchIds.map((batchId) => ({ node: { batchId, caller } })) },
});
const MINE = '{ myAcquisitions { edges { node { batchId caller } } } }';
const stamp = (batchId: string): string => `{ stamp(batchId: "${batchId}") { batchId state } }`;

test('an owner sees its own acquisitions and stamps, an operator those of all', async () => {
  const service = await opened();
  const { tokens } = service.server.store;
  const web = await issue(tokens, { owner: 'web' });
  const app = await issue(tokens, { owner: 'app' });
  const operator = await issue(tokens, { owner: 'ops', scopes: ['read', 'maintain'] });
  const [first, second] = [await acquire(service, web), await acquire(service, app)];
  expect(await query(service, web, MINE)).toEqual(mine([first], 'web'));
  expect(await query(service, app, MINE)).toEqual(mine([second], 'app'));
  expect(await query(service, operator, MINE)).toEqual(mine([], 'ops'));
  const seen = { stamp: { batchId: first, state: 'ACQUIRED' } };
  expect(await query(service, web, stamp(first))).toEqual(seen);
  expect(await query(service, app, stamp(first))).toEqual({ stamp: null });
  expect(await query(service, operator, stamp(first))).toEqual(seen);
});

test('the keys of an owner outlive the rotation of its token, and are not those of another owner', async () => {
  const service = await opened();
  const { tokens } = service.server.store;
  const before = await issue(tokens, { owner: 'web' });
  const given = await acquire(service, before, 'k');
  const [after, other] = [await issue(tokens, { owner: 'web' }), await issue(tokens, { owner: 'app' })];
  expect(await acquire(service, after, 'k')).toBe(given);
  expect(await acquire(service, other, 'k')).not.toBe(given);
});

test('a key that an address used while the service was open gives its stamp for 24 hours, then a new one', async () => {
  const service = await opened();
  const given = await acquire(service, undefined, 'k');
  const token = await issue(service.server.store.tokens, { owner: 'web', createdAt: T0 });
  expect(await acquire(service, token, 'k')).toBe(given);
  service.at(hours(23.9));
  expect(await acquire(service, token, 'k')).toBe(given);
  service.at(hours(24));
  const next = await acquire(service, token, 'k');
  expect(next).not.toBe(given);
  expect(await acquire(service, token, 'k')).toBe(next);
});

test('the anonymous tier acquires the sizes that it may, and gets nothing else', async () => {
  const service = await opened([aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 })], {
    anonymousTier: { depths: new Set([depth(17)]), dailyStamps: 9, dailyStampsPerAddress: null },
  });
  const { server, access } = service;
  await server.store.tokens.requireTokens(T0);
  await access.refresh();
  const statusOf = async (body: object): Promise<number> => (await server.acquire(body)).status;
  expect(await statusOf({ size: 'medium' })).toBe(403);
  expect(await statusOf({ size: 'small' })).toBe(200);
  const larger: unknown = await (await server.acquire({ size: 'small' })).json();
  expect(larger).toMatchObject({ success: false }); // only a larger one is left
  const status: unknown = await (await fetch(`${server.url}/api/v1/pool/status`)).json();
  expect(status).toMatchObject({ total_stamps: 1, available_stamps: { 20: [] } });
  const others = ['/api/v1/pool/available', '/metrics', '/graphql?query={poolStatus{enabled}}'];
  const statuses = await Promise.all(others.map(async (path) => (await fetch(server.url + path)).status));
  expect(statuses).toEqual([401, 401, 401]);
  const { items } = await server.store.acquisitions({ first: 9, after: null });
  expect(items.map(({ item }) => item.caller)).toEqual(['anonymous:127.0.0.1']);
  const refused = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'mutation { acquireStamp(input: { depth: 20 }) { __typename } }' }),
  });
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
});

test('a mutation of the anonymous tier that acquires several stamps is refused as a whole', async () => {
  const { server, access } = await opened([aStamp({ n: 1 }), aStamp({ n: 2, depth: 20 })], {
    anonymousTier: { depths: new Set([depth(17)]), dailyStamps: 9, dailyStampsPerAddress: null },
  });
  await server.store.tokens.requireTokens(T0);
  await access.refresh();
  const mutate = async (document: string) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: document }),
    });
    return { status: response.status, body: await response.json() };
  };
  const acquiring = (of: number): string => `acquireStamp(input: { depth: ${of} }) { __typename }`;
  const refused = {
    status: 403,
    body: {
      errors: [
        { path: ['b'], message: expect.stringMatching(/one stamp/), extensions: { code: 'FORBIDDEN' } },
      ],
    },
  };
  for (const document of [
    `mutation { a: ${acquiring(17)} b: ${acquiring(20)} }`,
    `mutation { a: ${acquiring(17)} ...rest } fragment rest on Mutation { b: ${acquiring(20)} }`,
  ])
    for (let n = 0; n < 2; n += 1) expect(await mutate(document)).toMatchObject(refused);
  expect((await server.store.acquisitions({ first: 1, after: null })).items).toEqual([]);
  expect(await mutate(`mutation { __typename a: ${acquiring(17)} }`)).toMatchObject({
    body: { data: { a: { __typename: 'AcquireStampSuccess' } } },
  });
});
