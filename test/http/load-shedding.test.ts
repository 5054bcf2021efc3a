import { expect, onTestFinished, test } from 'vitest';
import { WorkQueue } from '../../src/work-queue.ts';
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

const FRAGMENT = 'fragment Only on Query { acquireStamp: __typename }';
const IN_ONE = 'query Q { __typename } mutation M { acquireStamp(input: {}) { __typename } }';

test.each([
  ['a mutation', 'mutation { acquireStamp(input: {}) { __typename } }', {}, true],
  ['one of two operations', IN_ONE, { operationName: 'M' }, true],
  ['the other one of them', IN_ONE, { operationName: 'Q' }, false],
  [
    'a mutation, with extensions',
    'mutation { a: acquireStamp(input: {}) { __typename } }',
    { extensions: {} },
    true,
  ],
  ['a comment', '{ __typename } # acquireStamp', {}, false],
  ['the name of an operation', 'query acquireStamp { __typename }', {}, false],
  ['an alias', `{ ...Only } ${FRAGMENT}`, {}, false],
  ['a variable', '{ __typename }', { variables: { acquireStamp: 1 } }, false],
  [
    'a mutation with another field',
    'mutation { acquireStamp(input: {}) { __typename } sendTestWebhook { __typename } }',
    {},
    false,
  ],
  ['an invalid document', '{ acquireStamp(', {}, false],
])('%s is an acquisition by its field, not by its text, also when the document is known', async (...row) => {
  const [, query, parameters, isAcquisition] = row;
  let late = 600;
  const server = await restServer({ lagMs: () => late, stamps: [1, 2, 3].map((n) => aStamp({ n })) });
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  const body = JSON.stringify({ query, ...parameters });
  const request = { method: 'POST', headers: JSON_TYPE, body };
  const isServed = async () => (await send(`${server.url}/graphql`, request)).status !== 503;
  const whenNew = await isServed();
  late = 0;
  expect(await isServed()).toBe(true);
  late = 600;
  expect([whenNew, await isServed()]).toEqual([isAcquisition, isAcquisition]);
});

test('a body that is no JSON is answered with 400, also if it mentions acquireStamp', async () => {
  const server = await restServer();
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  for (const body of ['{"query":"mutation { acquireStamp', '["acquireStamp"]', '{"query":["acquireStamp"]}'])
    expect((await send(`${server.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body })).status).toBe(
      400,
    );
});

test('a new document waits for its validation, at most one of them in an iteration of the event loop', async () => {
  const queue = new WorkQueue();
  const tried = (['newAcquire', 'newAcquire', 'acquire', 'cheap'] as const).map((lane) =>
    queue.tryStart(lane),
  );
  expect(tried).toEqual([true, false, true, true]);
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
