import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Store } from '../../src/store/store.ts';
import { aStamp } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { assertNothingLogged } from './send.ts';

const servers: RestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server[Symbol.asyncDispose]();
    assertNothingLogged(server);
  }
});

async function started(around?: (store: Store) => Store): Promise<RestServer> {
  const stamps = Array.from({ length: 100 }, (_, n) => aStamp({ n: n + 1 }));
  const server = await restServer({ stamps, ...(around && { around }) });
  servers.push(server);
  return server;
}

/** A WebSocket after its handshake. */
async function connected({ url }: RestServer, localAddress = '127.0.0.1'): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    localAddress,
  });
  socket.on('error', () => {}); // of a frame that was not sent
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

/** A WebSocket that the service has acknowledged. */
async function opened(server: RestServer, localAddress?: string): Promise<WebSocket> {
  const socket = await connected(server, localAddress);
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  return socket;
}

/** The connection of a client, to send parts of frames. */
function connectionOf(socket: WebSocket): Socket {
  const connection: unknown = Reflect.get(socket, '_socket');
  if (!(connection instanceof Socket)) throw new TypeError('the WebSocket is not connected');
  return connection;
}

/** The beginning of a text message of 99,000 bytes. The mask is 0. */
const FRAME_HEAD = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0x82, 0xb8, 0, 0, 0, 0]);

/** A WebSocket whose client reads nothing. It watches the levels until the service closes it. */
async function unreading(server: RestServer): Promise<WebSocket> {
  const socket = await opened(server);
  subscribe(socket, 0, LEVELS);
  await once(socket, 'message');
  expect(server.levels.watcherCount).toBe(1);
  socket.pause();
  return socket;
}

const subscribe = (socket: WebSocket, id: number, query: string): void =>
  socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query } }), () => {});

const subscription = ({ id = '1', unused = '' }): string =>
  JSON.stringify({ type: 'subscribe', id, payload: { query: LEVELS, variables: { unused } } });

/** The code and the reason with which the service closes a WebSocket. */
async function closeOf(socket: WebSocket): Promise<readonly [number, string]> {
  const [code, reason]: unknown[] = await once(socket, 'close');
  return [Number(code), String(reason)];
}

const LONG = Buffer.alloc(95_000, 'x');
const ACQUIRE = 'mutation { acquireStamp(input: {}) { ... on AcquireStampSuccess { stamp { batchId } } } }';
const LEVELS = 'subscription { reserveLevels { at } }';
/** An answer of some 30 kB. */
const PAGE =
  '{ availableStamps(first: 100) { edges { cursor node { batchId depth amount expiresAt createdAt cost costBzz state } } } }';

const PAGES = `{ ${[1, 2, 3, 4, 5, 6].map((n) => PAGE.replace('{', `a${n}:`).slice(0, -1)).join(' ')} }`;

/** Resolves when `count` messages that contain `part` were received. */
const received = async (socket: WebSocket, count: number, part: string): Promise<number> =>
  await new Promise((resolve) => {
    let seen = 0;
    socket.on('message', (text: Buffer) => {
      if (text.toString().includes(part)) seen += 1;
      if (seen === count) resolve(seen);
    });
  });

test('a client that resets its connection during the first handshake harms nothing', async () => {
  const server = await started();
  const gone = connect(Number(new URL(server.url).port), '127.0.0.1');
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  gone.write(`GET /graphql HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n${key}\r\n\r\n`, () =>
    gone.resetAndDestroy(),
  );
  await once(gone, 'close');
  expect((await opened(server)).readyState).toBe(WebSocket.OPEN);
});

describe('a WebSocket', () => {
  test('may have 20 operations open, and is closed at the next', async () => {
    const socket = await opened(await started());
    for (let id = 1; id <= 20; id += 1) subscribe(socket, id, LEVELS);
    await received(socket, 20, '"next"');
    const closed = closeOf(socket);
    subscribe(socket, 21, LEVELS);
    expect(await closed).toEqual([4429, 'More than 20 operations are open.']);
  });

  test('may have open operations whose messages are 100,000 characters together', async () => {
    const socket = await opened(await started());
    const send = (id: number, query: string, length: number): void => {
      const payload = { query, variables: { unused: 'x'.repeat(length) } };
      socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload }), () => {});
    };
    const ended = received(socket, 2, '"complete"');
    for (const id of [1, 2]) send(id, '{ __typename }', 60_000); // the first has ended when the second begins
    await ended;
    const next = received(socket, 1, '"next"');
    send(3, LEVELS, 60_000);
    await next;
    const closed = closeOf(socket);
    send(4, LEVELS, 40_000);
    expect(await closed).toEqual([4429, 'The messages of the open operations are too long.']);
  });

  test('counts an operation as open until its result is sent, also if the client completes it', async () => {
    const server = await started();
    const socket = await unreading(server);
    for (let id = 1; id <= 2000; id += 1) {
      subscribe(socket, id, PAGE);
      socket.send(JSON.stringify({ type: 'complete', id: String(id) }), () => {});
    }
    await vi.waitFor(() => expect(server.levels.watcherCount).toBe(0), { timeout: 120_000 });
  });

  test('has any number of operations that follow each other', async () => {
    const socket = await opened(await started());
    for (let id = 1; id <= 300; id += 1) subscribe(socket, id, '{ __typename }');
    expect(await received(socket, 300, '"complete"')).toBe(300);
  });

  test('has its messages handled one at a time', async () => {
    let [open, most] = [0, 0];
    const server = await started((store) => ({
      ...store,
      orders: async (page) => {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return await store.orders(page);
      },
    }));
    const socket = await opened(server);
    for (let id = 1; id <= 10; id += 1) subscribe(socket, id, '{ orders { edges { cursor } } }');
    await received(socket, 10, '"next"');
    expect(most).toBe(1);
  });

  test('is closed if its client does not read what it requests', async () => {
    const server = await started();
    const socket = await unreading(server);
    for (let id = 1; id <= 200; id += 1) subscribe(socket, id, PAGES); // more than the kernel's buffers hold
    await vi.waitFor(() => expect(server.levels.watcherCount).toBe(0), { timeout: 120_000 });
  });

  test.each([
    ['frames', (socket: WebSocket) => socket.ping()],
    ['messages', (socket: WebSocket) => socket.send('{"type":"ping"}')],
    ['pongs that nothing asked for', (socket: WebSocket) => socket.pong()],
  ])('is closed if its client sends hundreds of pings: %s', async (_what, send) => {
    const socket = await opened(await started());
    const closed = closeOf(socket);
    for (let n = 0; n < 201; n += 1) send(socket); // 101 of them before or after the server begins to count anew
    expect(await closed).toEqual([1008, 'Too many pings.']);
  });

  test('is answered a ping', async () => {
    const socket = await connected(await started());
    socket.ping('are you there');
    const [data]: unknown[] = await once(socket, 'pong');
    expect(String(data)).toBe('are you there');
  });

  test.each(['{"type":"ping"}', `{"type":"subscribe","id":"1","payload":{"query":"{__typename}"}}`])(
    'is closed if it begins with another message than connection_init: %s',
    async (message) => {
      const socket = await connected(await started());
      const closed = closeOf(socket);
      socket.send(message);
      expect(await closed).toEqual([4401, 'The first message is connection_init.']);
    },
  );

  test.each([
    ['16,000 bytes', 16_000, { type: 'connection_ack' }],
    ['one byte more', 16_001, [4400, 'Invalid message received']],
  ])('may begin with a connection_init of %s', async (_length, bytes, expected) => {
    const socket = await connected(await started());
    const answer = Promise.race([
      once(socket, 'message').then(([text]) => JSON.parse(String(text))),
      closeOf(socket),
    ]);
    const short = JSON.stringify({ type: 'connection_init', payload: { padding: '' } });
    socket.send(short.replace('""', `"${'x'.repeat(bytes - short.length)}"`));
    expect(await answer).toEqual(expected);
  });

  test('is closed after 3 s without connection_init', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const socket = await connected(await started());
    const closed = closeOf(socket);
    vi.advanceTimersByTime(2999);
    socket.ping();
    await once(socket, 'pong');
    vi.advanceTimersByTime(1);
    expect(await closed).toEqual([4408, 'Connection initialisation timeout']);
  });

  test('cannot send a message in thousands of parts', async () => {
    const socket = await opened(await started());
    const closed = closeOf(socket);
    for (let n = 0; n < 200; n += 1) socket.send(' ', { fin: false }, () => {});
    expect(await closed).toEqual([1008, '']);
  });

  test('cannot send a message in thousands of reads', async () => {
    const socket = await opened(await started());
    const connection = connectionOf(socket);
    const closed = closeOf(socket);
    connection.write(FRAME_HEAD);
    const drip = setInterval(() => {
      if (connection.writable) connection.write('x');
    });
    onTestFinished(() => clearInterval(drip));
    expect(await closed).toEqual([1008, '']);
  });
});

describe('what the clients of all WebSockets have sent', () => {
  /** Sends by 400 of them, and waits until the first is closed. */
  async function sentByAll(server: RestServer, send: (socket: WebSocket) => void): Promise<void> {
    const closed: Promise<unknown>[] = [];
    for (let n = 0; n < 400; n += 1) {
      const socket = await opened(server, `127.0.0.${3 + Math.floor(n / 100)}`);
      closed.push(new Promise((resolve) => socket.once('close', resolve))); // or reset
      send(socket);
    }
    await Promise.race(closed);
  }

  test.each<[string, (socket: WebSocket) => void]>([
    ['a frame that does not end', (socket) => connectionOf(socket).write(Buffer.concat([FRAME_HEAD, LONG]))],
    [
      'a message without its last frame',
      (socket) => socket.send(LONG, { fin: false, binary: false }, () => {}),
    ],
    ['long ids of subscriptions', (socket) => socket.send(subscription({ id: LONG.toString() }), () => {})],
    [
      'long variables of subscriptions',
      (socket) => socket.send(subscription({ unused: LONG.toString() }), () => {}),
    ],
  ])('is limited: the largest are closed, and the others served: %s', async (_what, send) => {
    const server = await started();
    const subscriber = await opened(server);
    subscribe(subscriber, 1, LEVELS);
    await once(subscriber, 'message');
    await sentByAll(server, send);
    subscribe(subscriber, 2, ACQUIRE);
    expect(await received(subscriber, 1, '"batchId":"')).toBe(1);
  });
});
