import { createClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { aStamp } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';
import { samplesIn } from './samples.ts';

const TOTAL = 'subscription { reserveLevels { totalAvailable } }';

test('counts the open subscriptions of all clients, also those that share their events', async () => {
  await using server = await restServer({ stamps: [aStamp()] });
  const shown = async (): Promise<number | undefined> =>
    samplesIn(await (await fetch(`${server.url}/metrics`)).text()).get('stamp_pool_subscribers');
  expect(await shown()).toBe(0);
  const client = createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
  });
  const queries = [TOTAL, TOTAL, 'subscription { reserveLevels { at } }'];
  const subscriptions = queries.map((query) => client.iterate({ query }));
  for (const subscription of subscriptions) await subscription.next();
  const stop = new AbortController();
  const stream = await fetch(`${server.url}/graphql?query=${encodeURIComponent(TOTAL)}`, {
    headers: { Accept: 'text/event-stream' },
    signal: stop.signal,
  });
  expect(stream.status).toBe(200);
  expect(await shown()).toBe(4);
  await subscriptions[0]?.return?.();
  stop.abort();
  await expect.poll(shown).toBe(2);
  await client.dispose();
  await expect.poll(shown).toBe(0);
});

test('a HEAD request for an event stream gets its headers, and leaves no subscription open', async () => {
  await using server = await restServer({ stamps: [aStamp()] });
  const url = `${server.url}/graphql?query=${encodeURIComponent(TOTAL)}`;
  const accepted = { Accept: 'text/event-stream' };
  for (const query of [TOTAL, TOTAL, 'subscription { reserveLevels { at } }']) {
    const head = await fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
      method: 'HEAD',
      headers: accepted,
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(head.headers.get('content-length')).toBe(null);
  }
  const metrics = async (): Promise<number | undefined> =>
    samplesIn(await (await fetch(`${server.url}/metrics`)).text()).get('stamp_pool_subscribers');
  await expect.poll(metrics).toBe(0);
  const stop = new AbortController();
  const stream = await fetch(url, { headers: accepted, signal: stop.signal });
  expect(stream.status).toBe(200);
  expect(await metrics()).toBe(1);
  stop.abort();
  await expect.poll(metrics).toBe(0);
});
