import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { openAccess } from '../../src/access/access.ts';
import type { TokenLimits } from '../../src/domain/token.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { aStamp, hours, T0 } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { accessParts, issue } from './credentials.ts';

/** Where T0 is noon. */
const MIDNIGHT = hours(12);
const COST = 10n ** 16n;

interface Opened {
  readonly server: RestServer;
  readonly at: (now: Date) => void;
}

async function opened(wishes: Parameters<typeof accessParts>[1] = {}): Promise<Opened> {
  let now = T0;
  const server = await restServer({
    stamps: Array.from({ length: 9 }, (_, n) => aStamp({ n: n + 1, ttlHours: 100 + n, cost: COST })),
    now: () => now,
    exposure: { trustedProxies: ['127.0.0.1'] },
    authenticate: async (tokens) => {
      await tokens.requireTokens(T0);
      return (await openAccess(accessParts(tokens, wishes))).authenticate;
    },
  });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  return {
    server,
    at: (later) => {
      now = later;
    },
  };
}

interface Sender {
  readonly token?: string;
  /** As a proxy names it. */
  readonly address?: string;
  readonly key?: string;
}

const headersOf = ({ token, address }: Sender): Record<string, string> => ({
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(address !== undefined && { 'x-forwarded-for': address }),
});

/** Returns the id of the batch, or null if a quota is exceeded. */
type Acquire = (server: RestServer, sender: Sender) => Promise<string | null>;

const byRest: Acquire = async (server, { key, ...sender }) => {
  const keyHeader = key === undefined ? {} : { 'idempotency-key': key };
  const response = await server.acquire({}, { ...headersOf(sender), ...keyHeader });
  const body: unknown = await response.json();
  if (response.status !== 429) return z.object({ batch_id: z.string() }).parse(body).batch_id;
  expect(body).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  return null;
};

const DOCUMENT = `mutation ($key: String) { acquireStamp(input: { idempotencyKey: $key }) {
  __typename ... on AcquireStampSuccess { stamp { batchId } } ... on Failure { code message suggestion } ... on QuotaExceeded { resetsAt }
} }`;

async function mutate({ url }: RestServer, { key, ...sender }: Sender): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(sender) },
    body: JSON.stringify({ query: DOCUMENT, variables: { key } }),
  });
  return z.object({ data: z.object({ acquireStamp: z.unknown() }) }).parse(await response.json()).data
    .acquireStamp;
}

const resultSchema = z.discriminatedUnion('__typename', [
  z.object({ __typename: z.literal('AcquireStampSuccess'), stamp: z.object({ batchId: z.string() }) }),
  z.object({ __typename: z.literal('QuotaExceeded') }),
]);

const byGraphql: Acquire = async (server, sender) => {
  const result = resultSchema.parse(await mutate(server, sender));
  return 'stamp' in result ? result.stamp.batchId : null;
};

const LIMITS: readonly (readonly [string, Partial<TokenLimits>, number])[] = [
  ['of 2 stamps', { dailyStamps: 2 }, 2],
  ['of the cost of 2 stamps', { dailyCost: plur(2n * COST) }, 2],
  ['of a little less than that', { dailyCost: plur(2n * COST - 1n) }, 1],
  ['of 3 stamps and the cost of 1', { dailyStamps: 3, dailyCost: plur(COST) }, 1],
  ['of 1 stamp and the cost of 3', { dailyStamps: 1, dailyCost: plur(3n * COST) }, 1],
];

describe.each([
  ['REST', byRest],
  ['GraphQL', byGraphql],
] as const)('by %s', (_name, acquire) => {
  test.each(LIMITS)(
    'a daily limit %s is exact, does not count replays, and starts anew at midnight',
    async (_limit, limits, allowed) => {
      const { server, at } = await opened();
      const token = await issue(server.store.tokens, { limits });
      const given: (string | null)[] = [];
      for (let n = 0; n < allowed; n += 1) {
        given.push(await acquire(server, { token, key: `${n}` }));
        expect(await acquire(server, { token, key: `${n}` })).toBe(given[n]);
      }
      expect(new Set(given).size).toBe(allowed);
      expect(given).not.toContain(null);
      expect(await acquire(server, { token })).toBeNull();
      expect(await acquire(server, { token, key: '0' }), 'a replay at the limit').toBe(given[0]);
      at(new Date(MIDNIGHT.getTime() - 1));
      expect(await acquire(server, { token })).toBeNull();
      at(MIDNIGHT);
      expect(await acquire(server, { token })).not.toBeNull();
    },
  );

  test('the limit of each token is compared with what its owner acquired by any token', async () => {
    const { server } = await opened();
    const issueWith = async (owner: string, dailyStamps: number | null): Promise<string> =>
      await issue(server.store.tokens, { owner, limits: { dailyStamps } });
    const [free, two, three] = [
      await issueWith('web', null),
      await issueWith('web', 2),
      await issueWith('web', 3),
    ];
    expect(await acquire(server, { token: free })).not.toBeNull();
    expect(await acquire(server, { token: two })).not.toBeNull();
    expect(await acquire(server, { token: two })).toBeNull();
    expect(await acquire(server, { token: three })).not.toBeNull();
    expect(await acquire(server, { token: three })).toBeNull();
    expect(await acquire(server, { token: free })).not.toBeNull();
    expect(await acquire(server, { token: await issueWith('app', 1) })).not.toBeNull();
  });

  test('the anonymous tier has a limit per address and one for all addresses', async () => {
    const anonymousTier = { depths: new Set([depth(17)]), dailyStamps: 5, dailyStampsPerAddress: 2 };
    const { server, at } = await opened({ anonymousTier });
    const from = (address: string): Promise<string | null> => acquire(server, { address });
    const given = [];
    for (const address of [
      '192.0.2.1',
      '192.0.2.1',
      '192.0.2.1',
      '2001:db8::1',
      '2001:DB8:0::2',
      '2001:0db8:0:0:1::3',
    ])
      given.push((await from(address)) !== null);
    expect(given, 'an IPv6 network of 64 bits is one address').toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(await from('::ffff:c000:201'), 'an IPv4 address has one form').toBeNull();
    expect(await from('192.0.2.2')).not.toBeNull();
    expect(await from('192.0.2.3'), 'all addresses').toBeNull();
    expect(await acquire(server, { token: await issue(server.store.tokens) })).not.toBeNull();
    at(MIDNIGHT);
    expect(await from('192.0.2.1')).not.toBeNull();
  });
});

test('a refusal says in REST which limit it is and when to retry', async () => {
  const { server } = await opened();
  const token = await issue(server.store.tokens, { limits: { dailyCost: plur(COST) } });
  await byRest(server, { token });
  const response = await server.acquire({}, headersOf({ token }));
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, String(12 * 3600)]);
  expect(response.headers.has('x-ratelimit-limit')).toBe(false);
  expect(await response.json()).toEqual({
    detail: 'The daily limit of 1 BZZ does not allow another stamp until 2026-03-02T00:00:00.000Z.',
    code: 'QUOTA_EXCEEDED',
    resets_at: '2026-03-02T00:00:00.000Z',
  });
});

test('a refusal is a member of the union in GraphQL', async () => {
  const { server } = await opened();
  const token = await issue(server.store.tokens, { limits: { dailyStamps: 1 } });
  await byGraphql(server, { token });
  expect(await mutate(server, { token })).toEqual({
    __typename: 'QuotaExceeded',
    code: 'QUOTA_EXCEEDED',
    message: 'The daily limit of 1 stamp does not allow another stamp.',
    suggestion: 'Retry after 2026-03-02T00:00:00.000Z, or ask the operator for a higher limit.',
    resetsAt: '2026-03-02T00:00:00.000Z',
  });
});

test('what a limit refuses is counted in the metric, and is no demand', async () => {
  const { server } = await opened();
  const token = await issue(server.store.tokens, {
    limits: { dailyStamps: 0 },
    scopes: ['acquire', 'maintain'],
  });
  expect(await byRest(server, { token })).toBeNull();
  expect(await server.store.demandSince(hours(-1))).toEqual([]);
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: headersOf({ token }) })).text();
  expect(metrics).toContain('stamp_pool_acquires_total{outcome="quotaExceeded",depth="17"} 1');
});
