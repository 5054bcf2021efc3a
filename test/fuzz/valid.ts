import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { acquireDocument, authorizationHeader, jsonPost } from './graphql-post.ts';
import { ACQUIRE_PATH, rawAcquire, rawHttp } from './raw-http.ts';
import { connectionInit } from './websocket-messages.ts';

/** Well-formed requests among the malformed ones. A caller that has the right to them gets an answer without an error. */
export const valid: Generator = {
  kind: 'valid',
  weight: 4,
  generate: (draw) => ({ ...draw.pick(REQUESTS)(draw), mustSucceed: true }),
};

const REQUESTS: readonly ((draw: Draw) => Generated)[] = [
  (draw) => ({
    request: {
      by: 'http',
      method: 'POST',
      path: ACQUIRE_PATH,
      headers: {
        'content-type': 'application/json',
        'idempotency-key': draw.key,
        ...authorizationHeader(draw),
      },
      body: '{"size":"small"}',
    },
    mayAcquire: 1,
  }),
  (draw) => ({ request: jsonPost({ query: acquireDocument(draw.key) }, draw), mayAcquire: 1 }),
  (draw) => ({
    request: {
      by: 'websocket',
      protocols: ['graphql-transport-ws'],
      messages: [
        connectionInit(draw),
        JSON.stringify({ type: 'subscribe', id: '1', payload: { query: acquireDocument(draw.key) } }),
      ],
      pings: 1,
      awaits: '1',
      closeCode: 1000,
    },
    mayAcquire: 1,
  }),
  // The second request is a replay: it gets the same stamp.
  (draw) => ({
    request: { by: 'bytes', bytes: rawHttp(rawAcquire(draw)).repeat(2), afterwards: 'await' },
    mayAcquire: 1,
  }),
  (draw) => ({
    request: {
      by: 'http',
      method: 'GET',
      path: draw.pick(['/health', '/api/v1/openapi.json']),
      headers: {},
      body: null,
    },
  }),
  (draw) => ({
    request: jsonPost({ query: '{ availableStamps(first: 3) { edges { node { batchId } } } }' }, draw),
  }),
];
