import { expect, onTestFinished, test } from 'vitest';
import { WorkQueue } from '../../src/graphql/work-queue.ts';
import { aStamp } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';
import { send } from './send.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const ACQUIRE = JSON.stringify({ query: 'mutation { acquireStamp(input: {}) { __typename } }' });
const REQUESTS = {
  health: ['/health', { method: 'GET' }],
  'health at the root': ['/', { method: 'GET' }],
  acquire: ['/api/v1/pool/acquire', { method: 'POST', headers: JSON_TYPE, body: '{}' }],
  'acquire by GraphQL': ['/graphql', { method: 'POST', headers: JSON_TYPE, body: ACQUIRE }],
  list: ['/api/v1/pool/available', { method: 'GET' }],
  query: ['/graphql?query={__typename}', { method: 'GET' }],
} as const;

test.each([
  [
    0,
    {
      health: 200,
      'health at the root': 200,
      acquire: 200,
      'acquire by GraphQL': 200,
      list: 200,
      query: 200,
    },
  ],
  [
    600,
    {
      health: 200,
      'health at the root': 200,
      acquire: 200,
      'acquire by GraphQL': 200,
      list: 503,
      query: 503,
    },
  ],
  [
    4000,
    {
      health: 200,
      'health at the root': 200,
      acquire: 503,
      'acquire by GraphQL': 503,
      list: 503,
      query: 503,
    },
  ],
])('when the event loop is %i ms late, acquisitions are refused last', async (late, expected) => {
  const server = await restServer({ lagMs: () => late, stamps: [aStamp({ n: 1 }), aStamp({ n: 2 })] });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  const statuses = Object.entries(REQUESTS).map(async ([name, [path, request]]) => {
    const { status, headers } = await send(server.url + path, request);
    expect(headers['retry-after']).toBe(status === 503 ? '5' : undefined);
    return [name, status] as const;
  });
  expect(Object.fromEntries(await Promise.all(statuses))).toEqual(expected);
});

test('an acquisition does not wait for the queries that came before it', async () => {
  const queue = new WorkQueue();
  const started: string[] = [];
  const all = Array.from({ length: 100 }, async (_, n) => {
    await queue.start('other');
    started.push(`query ${n}`);
  });
  await queue.start('acquire');
  started.push('acquire');
  expect(started.length).toBeLessThanOrEqual(2);
  expect(queue.waiting('other')).toBe(99);
  await Promise.all(all);
  expect(started.filter((what) => what !== 'acquire')).toEqual(
    Array.from({ length: 100 }, (_, n) => `query ${n}`),
  );
});
