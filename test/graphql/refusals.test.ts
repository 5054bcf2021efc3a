import { describe, expect, it } from 'vitest';
import { StoreFailedError } from '../../src/store/store.ts';
import { disabledPool } from './disabled-pool.ts';
import { post, type Served, served } from './served.ts';

const SPEC = { accept: 'application/graphql-response+json' };
const saying = (message: string | RegExp, code: string) =>
  expect.objectContaining({
    message: expect.stringMatching(message),
    extensions: expect.objectContaining({ code }),
  });

/** GraphQL over a pool whose status is this failure. */
async function failing(failure: Error): Promise<Served> {
  await using starting = new AsyncDisposableStack();
  const { pool, operations } = starting.use(await disabledPool());
  const graphql = starting.use(
    await served({ operations, pool: { ...pool, status: () => Promise.reject(failure) } }),
  );
  const running = starting.move();
  return { ...graphql, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

describe('a request that cannot be understood', () => {
  it.each([
    ['JSON that ends too soon', '{"query":', 400, 'POST body sent invalid JSON.', 'BAD_REQUEST'],
    ['an empty body', '', 400, 'POST body sent invalid JSON.', 'BAD_REQUEST'],
    [
      'several requests at once',
      '[{"query":"{__typename}"}]',
      400,
      'Batching is not supported.',
      'BAD_REQUEST',
    ],
    ['no query', '{}', 400, 'Must provide query string.', 'BAD_REQUEST'],
    [
      'more than 100 kB',
      'x'.repeat(100_001),
      413,
      'The request is larger than this server takes.',
      'BAD_REQUEST',
    ],
    ['a syntax error', '{"query":"{ nope "}', 400, /^Syntax Error: Expected Name/, 'GRAPHQL_PARSE_FAILED'],
    [
      'an unknown field',
      '{"query":"{ nope }"}',
      400,
      /^Cannot query field "nope"/,
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a malformed id',
      '{"query":"{ stamp(batchId: \\"0xAB\\") { depth } }"}',
      400,
      '"0xAB" is not a batch id: 64 lowercase hex digits, without 0x.',
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('is answered in words: %s', async (_what, body, status, message, code) => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    expect(await post(graphql.url, body, SPEC)).toEqual({
      status,
      body: { errors: [saying(message, code)] },
    });
    expect(graphql.reported).toEqual([]);
  });

  it('is answered in words when a variable is malformed', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const answer = await graphql.ask('query ($id: BatchID!) { stamp(batchId: $id) { depth } }', { id: 'AB' });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            message: expect.stringContaining('"AB" is not a batch id: 64 lowercase hex digits, without 0x.'),
          },
        ],
      },
    });
  });

  it('is not taken from the form of a web page, nor allowed to other origins', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      expect(await post(graphql.url, 'query=%7B__typename%7D', { 'content-type': type })).toEqual({
        status: 415,
        body: { errors: [saying('Send the request as application/json.', 'BAD_REQUEST')] },
      });
    }
    const asked = await fetch(graphql.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('does not change anything by GET', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const mutation = `${graphql.url}?query=${encodeURIComponent('mutation { runMaintenance { __typename } }')}`;
    expect((await fetch(mutation)).status).toBe(405);
  });
});

describe('a query that would cost too much', () => {
  const all = (count: number, text: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => text(n)).join(' ');
  it.each([
    ['tokens', `{ ${all(3000, () => '__typename')} }`, /more that 2000 tokens/, 'GRAPHQL_PARSE_FAILED'],
    [
      'aliases',
      `{ ${all(31, (n) => `a${n}: poolStatus { at }`)} }`,
      'Aliases limit of 30 exceeded, found 31.',
      'QUERY_TOO_LARGE',
    ],
    [
      'levels',
      `{ poolStatus { ${'... { '.repeat(12)} at ${'}'.repeat(12)} } }`,
      'Query depth limit of 12 exceeded, found 14.',
      'QUERY_TOO_LARGE',
    ],
    [
      'full pages',
      `{ ${all(30, (n) => `a${n}: availableStamps(first: 100) { edges { node { depth cost node state } } }`)} }`,
      /^Query Cost limit of 20000 exceeded/,
      'QUERY_TOO_LARGE',
    ],
  ])('is refused for its %s', async (_what, query, message, code) => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const answer = await post(graphql.url, JSON.stringify({ query }), SPEC);
    expect(answer).toEqual({ status: 400, body: { errors: [saying(message, code)] } });
  });

  it('is not what GraphiQL asks to know the schema', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const { getIntrospectionQuery } = await import('graphql');
    expect(await graphql.data(getIntrospectionQuery())).toMatchObject({
      __schema: { queryType: { name: 'Query' } },
    });
    const page = await fetch(graphql.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toBe('text/html');
    expect(await page.text(), 'it needs nothing from another host').not.toMatch(
      /(?:src|href)="(?:https?:)?\/\//,
    );
  });
});

describe('a failure of the service', () => {
  it('is masked when nobody thought of it, and reported once with its cause', async () => {
    const cause = new Error('/etc/secret: no such file');
    await using graphql = await failing(cause);
    const { body } = await graphql.ask('{ poolStatus { enabled } }');
    expect(body).toEqual({
      data: null,
      errors: [
        {
          message: 'Something went wrong that nobody thought of; it is in the log.',
          locations: [{ line: 1, column: 3 }],
          path: ['poolStatus'],
          extensions: { code: 'INTERNAL' },
        },
      ],
    });
    expect(graphql.reported).toEqual([cause]);
  });

  it('is told in words when the database is at fault, which the pool has reported itself', async () => {
    await using graphql = await failing(new StoreFailedError('disk full'));
    const { body } = await graphql.ask('{ poolStatus { enabled } }');
    expect(body.errors).toEqual([
      expect.objectContaining({
        message: 'The database did not take a write or a read. Nothing was given out.',
        extensions: { code: 'STORE_FAILED', wayOut: expect.stringMatching(/^Check the disk/) },
      }),
    ]);
    expect(graphql.reported).toEqual([]);
  });
});
