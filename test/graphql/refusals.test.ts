import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { OutcomeUnknownError, StoreFailedError } from '../../src/store/store.ts';
import { disabledPool } from './disabled-pool.ts';
import { post, type Served, served } from './served.ts';

const SPEC = { accept: 'application/graphql-response+json' };
const anError = (message: string | RegExp, code: string) =>
  expect.objectContaining({
    message: expect.stringMatching(message),
    extensions: expect.objectContaining({ code }),
  });

/** GraphQL over a pool whose status rejects with this error. */
async function failing(failure: Error): Promise<Served> {
  await using starting = new AsyncDisposableStack();
  const { pool, operations } = starting.use(await disabledPool());
  const graphql = starting.use(
    await served({ operations, pool: { ...pool, status: () => Promise.reject(failure) } }),
  );
  const running = starting.move();
  return { ...graphql, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

describe('an invalid request', () => {
  it.each([
    ['truncated JSON', '{"query":', 400, 'POST body sent invalid JSON.', 'BAD_REQUEST'],
    ['an empty body', '', 400, 'POST body sent invalid JSON.', 'BAD_REQUEST'],
    [
      'several requests at once',
      '[{"query":"{__typename}"}]',
      400,
      'Batching is not supported.',
      'BAD_REQUEST',
    ],
    ['no query', '{}', 400, 'Must provide query string.', 'BAD_REQUEST'],
    ['more than 100 kB', 'x'.repeat(100_001), 413, 'The request is too large.', 'BAD_REQUEST'],
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
  ])('is answered with a message: %s', async (_what, body, status, message, code) => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    expect(await post(graphql.url, body, SPEC)).toEqual({
      status,
      body: { errors: [anError(message, code)] },
    });
    expect(graphql.reported).toEqual([]);
  });

  it.each(['application/json', '*/*', SPEC.accept])(
    'has the status 400 for every media type if it has no query: %s',
    async (accept) => {
      await using disabled = await disabledPool();
      await using graphql = await served(disabled);
      const refused = { errors: [anError('Must provide query string.', 'BAD_REQUEST')] };
      for (const body of ['{}', '{"query":null}'])
        expect(await post(graphql.url, body, { accept })).toEqual({ status: 400, body: refused });
      const got = await fetch(graphql.url, { headers: { accept } });
      expect([got.status, await got.json()]).toEqual([400, refused]);
    },
  );

  it('is answered with a message if a variable is malformed', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const answer = await graphql.ask('query ($id: BatchID!) { stamp(batchId: $id) { depth } }', { id: 'AB' });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            message: expect.stringContaining('"AB" is not a batch id: 64 lowercase hex digits, without 0x.'),
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    });
  });

  it('is answered with a code if it names an operation that the document does not have', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const body = JSON.stringify({ query: 'query a { __typename }', operationName: 'b' });
    expect(await post(graphql.url, body)).toMatchObject({
      status: 400,
      body: {
        errors: [anError('Could not determine what operation to execute.', 'OPERATION_RESOLUTION_FAILURE')],
      },
    });
  });

  it.each([
    ['image/png', '{ __typename }', /must name one of: .*application\/json/],
    [
      'application/graphql-response+json, application/json',
      'subscription { reserveLevels { totalAvailable } }',
      /must name one of: text\/event-stream$/,
    ],
    [
      'application/json',
      'subscription { reserveLevels { totalAvailable } }',
      /must name one of: text\/event-stream$/,
    ],
  ])('is answered with the media types that exist: Accept: %s, %s', async (accept, query, message) => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    expect(await post(graphql.url, JSON.stringify({ query }), { accept })).toEqual({
      status: 406,
      body: { errors: [anError(message, 'BAD_REQUEST')] },
    });
  });

  it('is rejected if it comes from a form of a web page, and other origins are not allowed', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      expect(await post(graphql.url, 'query=%7B__typename%7D', { 'content-type': type })).toEqual({
        status: 415,
        body: { errors: [anError('Send the request as application/json.', 'BAD_REQUEST')] },
      });
    }
    const asked = await fetch(graphql.url, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('cannot be a mutation by GET', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const mutation = `${graphql.url}?query=${encodeURIComponent('mutation { runMaintenance { __typename } }')}`;
    expect((await fetch(mutation)).status).toBe(405);
  });
});

describe('a query that is too expensive', () => {
  const all = (count: number, text: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => text(n)).join(' ');
  it.each([
    ['tokens', `{ ${all(3000, () => 'at')} }`, /more that 2000 tokens/, 'GRAPHQL_PARSE_FAILED'],
    [
      'fields of one name',
      `{ poolStatus { ${all(101, () => 'nodes { name }')} } }`,
      'The field nodes is selected more than 100 times.',
      'QUERY_TOO_LARGE',
    ],
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
      'Query Cost limit of 20000 exceeded, found 21000.',
      'QUERY_TOO_LARGE',
    ],
    [
      'pages whose length is a variable',
      `query ($n: Int = 1) { ${all(30, (n) => `a${n}: availableStamps(first: $n) { edges { node { depth cost node state } } }`)} }`,
      'Query Cost limit of 20000 exceeded, found 21000.',
      'QUERY_TOO_LARGE',
    ],
    [
      'pages whose length is a variable, in fragments',
      `query ($n: Int!) { ...All } fragment All on Query { ${all(30, (n) => `a${n}: availableStamps(after: null, first: $n) { ...Page }`)} }
       fragment Page on AvailableStampsConnection { edges { node { depth cost node state } } }`,
      /^Query Cost limit of 20000 exceeded, found 27\d\d\d.$/,
      'QUERY_TOO_LARGE',
    ],
    [
      'pages of the default length',
      `{ ${all(15, (n) => `a${n}: availableStamps { ...Page } b${n}: availableStamps(first: null) { ...Page }`)} }
       fragment Page on AvailableStampsConnection { edges { node { ${all(40, () => 'depth')} } } }`,
      /^Query Cost limit of 20000 exceeded, found 2\d\d\d\d.$/,
      'QUERY_TOO_LARGE',
    ],
  ])('is rejected for its number of %s', async (_what, query, message, code) => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const answer = await post(graphql.url, JSON.stringify({ query }), SPEC);
    expect(answer).toEqual({ status: 400, body: { errors: [anError(message, code)] } });
  });

  it('is rejected for its length, over HTTP and WebSocket', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const query = `{ __typename #${'é'.repeat(5000)}\n }`;
    const error = anError('The document has 10017 bytes; the limit is 10000.', 'QUERY_TOO_LARGE');
    expect(await graphql.ask(query)).toEqual({ status: 413, body: { errors: [error] } });
    const client = createClient({ url: graphql.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    await expect(client.iterate({ query }).next()).rejects.toEqual([error]);
    await client.dispose();
  });

  it.each([
    ['a syntax error', '{', undefined, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nope }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['its length', `{ __typename #${'x'.repeat(10_000)}\n }`, undefined, 'QUERY_TOO_LARGE'],
    [
      'a variable of a wrong type',
      'query ($n: Int) { availableStamps(first: $n) { edges { cursor } } }',
      { n: 'x' },
      'BAD_USER_INPUT',
    ],
  ])('has the same errors over WebSocket as over HTTP: %s', async (_what, query, variables, code) => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const { body } = await graphql.ask(query, variables);
    expect(body).toEqual({ errors: [expect.objectContaining({ extensions: { code } })] });
    const client = createClient({ url: graphql.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
    const answers = client.iterate({ query, variables });
    const overWebSocket = await answers.next().then(
      ({ value }) => value,
      (errors: unknown) => ({ errors }),
    );
    await client.dispose();
    expect(overWebSocket).toEqual(body);
  });

  it('is not a full page of stamps, whose length is a variable', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const query = 'query ($n: Int) { availableStamps(first: $n) { edges { node { depth cost } } } }';
    expect(await graphql.data(query, { n: 100 })).toEqual({ availableStamps: { edges: [] } });
  });

  it('is not the introspection query of GraphiQL', async () => {
    await using disabled = await disabledPool();
    await using graphql = await served(disabled);
    const { getIntrospectionQuery } = await import('graphql');
    expect(await graphql.data(getIntrospectionQuery())).toMatchObject({
      __schema: { queryType: { name: 'Query' } },
    });
  });
});

describe('an error of the service', () => {
  it('is masked if it is unexpected, and reported once with its cause', async () => {
    const cause = new Error('/etc/secret: no such file');
    await using graphql = await failing(cause);
    const { body } = await graphql.ask('{ poolStatus { enabled } }');
    expect(body).toEqual({
      data: null,
      errors: [
        {
          message: 'Internal error; details are in the server log.',
          locations: [{ line: 1, column: 3 }],
          path: ['poolStatus'],
          extensions: { code: 'INTERNAL' },
        },
      ],
    });
    expect(graphql.reported).toEqual([cause]);
  });

  it.each([
    [StoreFailedError, 'This field gave out no stamp.', /^Check the disk/],
    [OutcomeUnknownError, 'A stamp may have been given out.', /^Retry with the same idempotencyKey/],
  ])(
    'has a message if the database failed, and is not reported again: %o',
    async (Failure, sentence, suggestion) => {
      await using graphql = await failing(new Failure('disk full'));
      const { body } = await graphql.ask('{ poolStatus { enabled } }');
      expect(body.errors).toEqual([
        expect.objectContaining({
          message: `The database failed to read or write. ${sentence}`,
          extensions: { code: 'STORE_FAILED', suggestion: expect.stringMatching(suggestion) },
        }),
      ]);
      expect(graphql.reported).toEqual([]);
    },
  );
});
