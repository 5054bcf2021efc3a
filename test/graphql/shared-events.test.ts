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
    /** Resolves when `count` messages have arrived since the last call, and returns them by subscription. */
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

/** A stream by POST, which the library executes, then two equal ones by POST, one with its type, and one by GET. */
async function streamAll(graphql: Served) {
  const variables = { depths: [17] };
  const query = 'subscription S($depths: [Int!]) { l: reserveLevels(depths: $depths) { totalAvailable } }';
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
  const byPost = { method: 'POST', headers, body: JSON.stringify({ query, variables }) };
  const withType = JSON.stringify({ query, variables, operationType: 'subscription' });
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const streams: EventStream[] = [];
  for (const open of [
    () => fetch(graphql.url, byPost),
    () => fetch(graphql.url, byPost),
    () => fetch(graphql.url, { ...byPost, body: withType }),
    () => fetch(`${graphql.url}?${search}`, { headers }),
  ]) {
    const stream = new EventStream(await open());
    await stream.until(1);
    streams.push(stream);
  }
  return streams;
}

class EventStream {
  readonly headers: readonly (readonly [string, string])[];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';

  constructor({ headers, body }: Response) {
    if (!body) throw new TypeError('the response has no body');
    this.headers = [...headers].filter(([name]) => name !== 'date');
    this.#reader = body.getReader();
  }

  /** Resolves with all bytes as text, without the pings, when `count` events have arrived. */
  async until(events: number): Promise<string> {
    while (this.#text.split('event: ').length <= events) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.#text += Buffer.from(value).toString();
    }
    return `${this.#text.slice(0, 3)}${this.#text.slice(3).replaceAll(/^:\n\n/gm, '')}`;
  }

  close = async (): Promise<void> => await this.#reader.cancel();
}

test('equal event streams get byte by byte what each would get alone', async () => {
  await using world = await stocked({ 17: 3, 20: 1 });
  const { levels, pool } = world.run.engine;
  await using shared = await served(world.run.engine);
  await using alone = await served({
    ...world.run.engine,
    shortcuts: { ...ALL_SHORTCUTS, sharedEvents: false },
  });
  const together = await streamAll(shared);
  expect(levels.watcherCount).toBe(1 + 1);
  const each = await streamAll(alone);
  await pool.acquire({ depth: 17 }, aCaller('test'));
  const answersOf = async (streams: readonly EventStream[]) =>
    await Promise.all(streams.map(async (stream) => [stream.headers, await stream.until(2)]));
  const answers = await answersOf(together);
  expect(answers).toEqual(await answersOf(each));
  const event = (available: number) =>
    `event: next\ndata: {"data":{"l":{"totalAvailable":${available}}}}\n\n`;
  expect(answers.at(-1)).toEqual([expect.anything(), `:\n\n${event(3)}${event(2)}`]);
  for (const stream of [...together, ...each]) await stream.close();
  await vi.waitFor(() => expect(levels.watcherCount).toBe(0), { timeout: 60_000 });
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
