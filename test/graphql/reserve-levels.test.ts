import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { depth } from '../../src/domain/units.ts';
import type { Levels } from '../../src/signals/levels.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';
import { type Served, served } from './served.ts';

const LEVELS = `subscription ($depths: [Int!]) {
  reserveLevels(depths: $depths) { totalAvailable lowReserve depths { depth available } }
}`;

/** Over WebSocket, with the client of graphql-ws. */
function overWebSocket(graphql: Served, depths: readonly number[] | null = null) {
  const client = createClient({ url: graphql.webSocketUrl, webSocketImpl: WebSocket, retryAttempts: 0 });
  return { client, events: client.iterate({ query: LEVELS, variables: { depths } }) };
}

/** Over server-sent events: the data of each `next` event, in order. */
async function overSse(graphql: Served, signal: AbortSignal) {
  const response = await fetch(graphql.url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query: LEVELS }),
    signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  return dataOf(response);
}

async function* dataOf({ body }: Response): AsyncGenerator<unknown, void> {
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^event: next\ndata: (.*)$/.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

const anEvent = (levels: Readonly<Record<number, number>>, lowReserve = false) => ({
  data: {
    reserveLevels: {
      totalAvailable: Object.values(levels).reduce((sum, available) => sum + available, 0),
      lowReserve,
      depths: Object.entries(levels).map(([of, available]) => ({ depth: Number(of), available })),
    },
  },
});

const untilNoWatchers = (levels: Levels): Promise<void> =>
  vi.waitFor(() => expect(levels.watcherCount).toBe(0), { timeout: 60_000, interval: 5 });

describe('reserveLevels over WebSocket', () => {
  it('sends the current levels at once, then every change', async () => {
    await using world = await stocked({ 17: 2, 20: 1 });
    const { pool, levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const { client, events } = overWebSocket(graphql);
    expect(await events.next()).toEqual({ done: false, value: anEvent({ 17: 2, 20: 1 }) });
    await pool.acquire({ depth: 17 }, aCaller('test'));
    expect(await events.next()).toEqual({ done: false, value: anEvent({ 17: 1, 20: 1 }, true) });
    await client.dispose();
    await untilNoWatchers(levels);
  });

  it('sends no changes of other depths', async () => {
    await using world = await stocked({ 17: 2, 20: 2 });
    const { pool } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const { client, events } = overWebSocket(graphql, [20]);
    expect(await events.next()).toEqual({ done: false, value: anEvent({ 20: 2 }) });
    await pool.acquire({ depth: 17 }, aCaller('test'));
    await pool.acquire({ depth: 20 }, aCaller('test'));
    expect(await events.next()).toEqual({ done: false, value: anEvent({ 20: 1 }, true) });
    await client.dispose();
  });

  it.each([
    [
      'completes the subscription',
      async ({ events }: ReturnType<typeof overWebSocket>) => await events.return?.(),
    ],
    ['closes the socket', async ({ client }: ReturnType<typeof overWebSocket>) => await client.dispose()],
    ['disappears', async ({ client }: ReturnType<typeof overWebSocket>) => client.terminate()],
  ])('removes the watcher if the client %s', async (_how, end) => {
    await using world = await stocked({ 17: 1 });
    const { levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    for (const depths of [null, [17]]) {
      const watching = overWebSocket(graphql, depths);
      await watching.events.next();
      expect(levels.watcherCount).toBe(1);
      await end(watching);
      await untilNoWatchers(levels);
      await watching.client.dispose();
    }
  });

  it('disconnects a client that does not answer a ping', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const alive = overWebSocket(graphql);
    await alive.events.next();
    const dead = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws', { autoPong: false });
    const closed = new Promise((resolve) => dead.once('close', resolve));
    await new Promise((resolve) => dead.once('open', resolve));
    vi.advanceTimersByTime(12_000);
    await new Promise((resolve) => dead.once('ping', resolve));
    await alive.client.iterate({ query: '{ __typename }' }).next();
    vi.advanceTimersByTime(12_000);
    expect(await closed).toBe(1006);
    await world.run.engine.pool.acquire({}, aCaller('test'));
    expect(await alive.events.next()).toMatchObject({ done: false });
    await alive.client.dispose();
  });

  it('sends a slow client the newest levels, not all that it missed', async () => {
    await using world = await stocked({ 17: 1 });
    const { levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const socket = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws');
    const received: number[] = [];
    socket.on('message', (text: Buffer) => {
      const available = /"a0":(\d+)/.exec(text.toString())?.[1];
      if (available !== undefined) received.push(Number(available));
    });
    await new Promise((resolve) => socket.once('open', resolve));
    const padding = Array.from({ length: 30 }, (_, n) => `a${n}: totalAvailable`).join(' ');
    socket.send('{"type":"connection_init"}');
    await new Promise((resolve) => socket.once('message', resolve));
    const query = `subscription { reserveLevels { ${padding} } }`;
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    await vi.waitFor(() => expect(received).toEqual([1]), { timeout: 60_000 });
    socket.pause();
    const CHANGES = 20_000;
    const first = 30_000; // so that all have the same length
    const none = { onOrder: 0, tooShortLived: 0, withheld: [] };
    levels.replace({ revision: 1_000_000, depths: [{ ...none, depth: depth(17), available: first }] });
    for (let n = 1; n <= CHANGES; n++) {
      await levels.take(1_000_000 + n, [depth(17)]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await vi.waitFor(() => expect(received.at(-1)).toBe(first - CHANGES), { timeout: 60_000 });
    expect(received.length).toBeLessThan(CHANGES);
    expect(received.slice(1)).toEqual(received.slice(1).toSorted((a, b) => b - a));
    socket.terminate();
    await untilNoWatchers(levels);
  });

  it('rejects invalid depths and unknown fields with a message, and keeps the socket open', async () => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const { client } = overWebSocket(graphql);
    const ask = async (query: string) => await client.iterate({ query }).next();
    await expect(ask('subscription { nope }')).rejects.toEqual([
      expect.objectContaining({ message: 'Cannot query field "nope" on type "Subscription".' }),
    ]);
    await expect(ask('subscription {')).rejects.toEqual([
      expect.objectContaining({ message: 'Syntax Error: Expected Name, found <EOF>.' }),
    ]);
    expect(await ask('subscription { reserveLevels(depths: [3]) { at } }')).toMatchObject({
      value: {
        errors: [{ message: expect.stringMatching(/^depths\.0: ./), extensions: { code: 'INVALID_INPUT' } }],
      },
    });
    expect(await ask('{ poolStatus { enabled } }')).toEqual({
      done: false,
      value: { data: { poolStatus: { enabled: true } } },
    });
    await client.dispose();
    expect(graphql.reported).toEqual([]);
  });

  it('disconnects a client that sends a message of more than 100 kB, and no other', async () => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const { client, events } = overWebSocket(graphql);
    await events.next();
    const socket = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('open', () => socket.send('x'.repeat(100_001)));
    expect(await closed).toBe(1009);
    await world.run.engine.pool.acquire({}, aCaller('test'));
    expect(await events.next()).toMatchObject({ done: false });
    await client.dispose();
  });

  it('accepts programs and pages of its own origin, and rejects pages of another origin', async () => {
    await using world = await stocked({ 17: 1 });
    await using graphql = await served(world.run.engine);
    const outcome = (origin: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws', { origin });
        socket.on('error', ({ message }) => resolve(message));
        socket.on('open', () => {
          resolve('open');
          socket.terminate();
        });
      });
    expect(await outcome(new URL(graphql.url).origin)).toBe('open');
    expect(await outcome('https://elsewhere.example')).toBe('Unexpected server response: 403');
    expect(await outcome('null')).toBe('Unexpected server response: 403');
  });

  it('closes with 1001 if the service stops', async () => {
    await using world = await stocked({ 17: 1 });
    const { levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const { client, events } = overWebSocket(graphql);
    await events.next();
    const closed = new Promise((resolve) => client.on('closed', resolve));
    const ended = events.next().catch((error: unknown) => error);
    await graphql.close();
    expect(await closed).toMatchObject({ code: 1001 });
    expect(await ended).toMatchObject({ code: 1001 });
    await untilNoWatchers(levels);
  });
});

describe('reserveLevels over server-sent events', () => {
  it('sends the current levels at once, then every change, and removes the watcher after the client has left', async () => {
    await using world = await stocked({ 17: 2 });
    const { pool, levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const leaving = new AbortController();
    const events = await overSse(graphql, leaving.signal);
    expect(await events.next()).toEqual({ done: false, value: anEvent({ 17: 2 }) });
    expect(levels.watcherCount).toBe(1);
    await pool.acquire({}, aCaller('test'));
    expect(await events.next()).toEqual({ done: false, value: anEvent({ 17: 1 }, true) });
    leaving.abort();
    await untilNoWatchers(levels);
  });

  it('is destroyed if the service stops, so that the client reconnects', async () => {
    await using world = await stocked({ 17: 1 });
    const { levels } = world.run.engine;
    await using graphql = await served(world.run.engine);
    const events = await overSse(graphql, new AbortController().signal);
    await events.next();
    const cut = events.next().catch((error: unknown) => error);
    await graphql.close();
    expect(await cut).toMatchObject({ message: 'terminated' });
    await untilNoWatchers(levels);
  });
});
