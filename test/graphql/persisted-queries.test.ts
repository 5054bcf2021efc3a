import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RestServer, restServer } from '../rest/rest-server.ts';

let server: RestServer;
beforeAll(async () => {
  server = await restServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());

const query = '{ __typename }';
const extensions = {
  clientLibrary: { name: '@apollo/client', version: '4.3.8' },
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
};

async function ask(method: 'GET' | 'POST', request: object, accept: string): Promise<Response> {
  if (method === 'POST') {
    const headers = { Accept: accept, 'Content-Type': 'application/json' };
    return await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(request) });
  }
  const texts = Object.entries(request).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const search = new URLSearchParams(texts);
  return await fetch(`${server.url}/graphql?${search}`, { headers: { Accept: accept } });
}

const JSON_TYPE = 'application/json';
const ACCEPTS = [JSON_TYPE, 'application/graphql-response+json,application/json;q=0.9'];
const WAYS = ACCEPTS.flatMap((accept) => [
  { method: 'GET' as const, accept },
  { method: 'POST' as const, accept },
]);

test.each(WAYS)(
  'a hash without a document is rejected with the code on which Apollo Client sends the document: $method $accept',
  async ({ method, accept }) => {
    const response = await ask(method, { variables: {}, extensions }, accept);
    expect([response.status, response.headers.get('cache-control'), await response.json()]).toEqual([
      200,
      'no-store',
      {
        errors: [
          { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
        ],
      },
    ]);
  },
);

test.each(WAYS)(
  'a document is executed with and without its hash: $method $accept',
  async ({ method, accept }) => {
    for (const request of [{ query }, { query, extensions }]) {
      const response = await ask(method, request, accept);
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
  },
);
