import { expect, test } from 'vitest';
import { openAccess } from '../../src/access/access.ts';
import { accessParts, issue } from '../access/credentials.ts';
import { T0 } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';

const QUERY = JSON.stringify({ query: '{ viewer { owner scopes } }' });

const viewerFor = async (url: string, headers: Record<string, string> = {}): Promise<unknown> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: QUERY,
  });
  return await response.json();
};

test('viewer is the owner of the token, with its scopes', async () => {
  await using server = await restServer({
    authenticate: async (tokens) => {
      await tokens.requireTokens(T0);
      return (await openAccess(accessParts(tokens))).authenticate;
    },
  });
  const token = await issue(server.store.tokens, { owner: 'web', scopes: ['maintain', 'read'] });
  expect(await viewerFor(server.url, { Authorization: `Bearer ${token}` })).toEqual({
    data: { viewer: { owner: 'web', scopes: ['READ', 'MAINTAIN'] } },
  });
});

test('viewer is the address while the service is open, and may do everything', async () => {
  await using server = await restServer();
  expect(await viewerFor(server.url)).toEqual({
    data: { viewer: { owner: '127.0.0.1', scopes: ['READ', 'ACQUIRE', 'MAINTAIN'] } },
  });
});
