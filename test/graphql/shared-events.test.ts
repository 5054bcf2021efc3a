import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ALL_SHORTCUTS } from '../../src/pool/shortcuts.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import { type Served, served } from './served.ts';

const SUBSCRIPTIONS = [
  { query: 'subscription { reserveLevels { totalAvailable depths { depth available low } } }' },
  {
    query:
      'subscription S($depths: [Int!]) { l: reserveLevels(depths: $depths) { low: lowReserve depths { sizeName surplus } } }',
    variables: { depths: [17] },
  },
  {
    query:
      'subscription S($depths: [Int!]) { l: reserveLevels(depths: $depths) { low: lowReserve depths { sizeName surplus } } }',
    variables: { depths: [20] },
    operationName: 'S',
  },
  { query: 'subscription { reserveLevels(depths: [3]) { at } }' },
  {
    query:
      'subscription { reserveLevels { __typename ...F } } fragment F on ReserveLevels { totalAvailable }',
  },
] as const;

/** A client with all subscriptions open, each twice, under ids that need escaping in JSON. */
async function watchAll(graphql: Served) {
  const socket = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const received: string[] = [];
  socket.on('message', (text: Buffer) => void received.push(text.toString()));
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send('{"type":"connection_init"}');
  for (const [n, payload] of [...SUBSCRIPTIONS, ...SUBSCRIPTIONS].entries())
    socket.send(JSON.stringify({ id: `"${n}"`, type: 'subscribe', payload }));
  return {
    socket,
    /** Resolves when so many messages have arrived since the last call, and returns them by subscription. */
    next: async (count: number) => {
      await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), { timeout: 60_000 });
      return received.splice(0).toSorted();
    },
  };
}

test('equal subscriptions get byte by byte the messages that each would get alone', async () => {
  await using world = await stocked({ 17: 3, 20: 1 });
  await using shared = await served(world.run.engine);
  await using alone = await served({
    ...world.run.engine,
    shortcuts: { ...ALL_SHORTCUTS, sharedEvents: false },
  });
  const [a, b] = [await watchAll(shared), await watchAll(alone)];
  // The acknowledgement, an event of eight subscriptions, and of two an error and a completion.
  const first = await a.next(13);
  expect(first).toEqual(await b.next(13));
  expect(first).toContain(
    '{"id":"\\"0\\"","type":"next","payload":{"data":{"reserveLevels":{"totalAvailable":4,"depths":[{"depth":17,"available":3,"low":false},{"depth":20,"available":1,"low":false}]}}}}',
  );
  expect(world.run.engine.levels.watcherCount).toBe(4 + 8);
  await world.run.engine.pool.acquire({ depth: 17 }, aCaller('test'));
  expect(await a.next(6)).toEqual(await b.next(6));
  a.socket.close();
  await vi.waitFor(() => expect(world.run.engine.levels.watcherCount).toBe(8), { timeout: 60_000 });
  b.socket.close();
  await vi.waitFor(() => expect(world.run.engine.levels.watcherCount).toBe(0), { timeout: 60_000 });
});

test('of many changes in a short time, a subscriber gets the newest, at most one in 50 ms', async () => {
  await using world = await stocked({ 17: 60 });
  await using graphql = await served(world.run.engine);
  const { next } = await watchAll(graphql);
  await next(13);
  const beganMs = performance.now();
  for (let n = 0; n < 60; n += 1) await world.run.engine.pool.acquire({ depth: 17 }, aCaller('test'));
  const tookMs = performance.now() - beganMs;
  const messages: string[] = [];
  while (!messages.some((text) => text.includes('"totalAvailable":0,'))) messages.push(...(await next(1)));
  const ofFirst = messages.filter((text) => text.startsWith('{"id":"\\"0\\""'));
  expect(ofFirst.length).toBeLessThanOrEqual(tookMs / 50 + 2);
});
