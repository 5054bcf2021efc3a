import { expect, test } from 'vitest';
import { type RestServer, restServer } from '../rest/rest-server.ts';

const query = 'subscription { reserveLevels { totalAvailable } }';
const accept = 'text/event-stream';

const WAYS = {
  GET: async ({ url }: RestServer) =>
    await fetch(`${url}/graphql?${new URLSearchParams({ query })}`, { headers: { accept } }),
  POST: async ({ url }: RestServer) =>
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    }),
};

test.each(['GET', 'POST'] as const)(
  'an event stream by %s has the headers that keep proxies from buffering it',
  async (method) => {
    await using server = await restServer();
    const response = await WAYS[method](server);
    expect([
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
      response.headers.get('x-accel-buffering'),
      response.headers.get('content-encoding'),
    ]).toEqual(['text/event-stream', 'no-cache, no-transform', 'no', null]);
    await response.body?.cancel();
  },
);

test('an event stream begins with a comment and repeats it while nothing changes', async () => {
  await using server = await restServer();
  const response = await WAYS.GET(server);
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.split(':\n\n').length > 3) break;
  }
  expect(text.replaceAll(/event: next\ndata: .*\n\n/g, '')).toMatch(/^(?::\n\n){3}/);
  expect(text.startsWith(':\n\n')).toBe(true);
});

test('a response that is not a stream has no such headers', async () => {
  await using server = await restServer();
  const response = await fetch(`${server.url}/graphql?query={__typename}`);
  expect(response.headers.get('x-accel-buffering')).toBeNull();
});
