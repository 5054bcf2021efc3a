import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** An attack on the service at a URL of loopback. It is bounded in count and time, and resolves to what it did. */
export type Attack = (url: string) => Promise<string>;

/** How long an attack keeps open what it has opened. */
const HOLD_MS = 4000;
const LEVELS = 'subscription { reserveLevels { at totalAvailable depths { depth available } } }';
const PAGE =
  '{ availableStamps(first: 100) { edges { cursor node { batchId depth amount expiresAt cost state } } } }';

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'unread queries': async (url) => {
    const sockets = await openSockets(url, 10);
    for (const socket of sockets) {
      socket.pause();
      for (let id = 1; id <= 2000; id += 1) subscribe(socket, id, PAGE);
    }
    await sleep(HOLD_MS);
    return '10 WebSockets, 2,000 unread queries each';
  },
  subscriptions: async (url) => {
    const sockets = await openSockets(url, 1000);
    for (const socket of sockets) for (let id = 1; id <= 20; id += 1) subscribe(socket, id, LEVELS);
    await sleep(HOLD_MS);
    return '1,000 WebSockets, 20 subscriptions each';
  },
  'large ids': async (url) => await largeMessages(url, (n) => ({ id: PADDING + n, variables: {} })),
  'large variables': async (url) => await largeMessages(url, (n) => ({ id: n, variables: { PADDING } })),
  pings: async (url) => {
    let sent = 0;
    const until = Date.now() + HOLD_MS;
    while (sent < 562_000 && Date.now() < until) {
      const [socket] = await openSockets(url, 1);
      for (let n = 0; n < 5000 && socket?.readyState === WebSocket.OPEN; n += 1, sent += 1)
        socket.ping('x'.repeat(100), undefined, () => {});
      await sleep(1);
    }
    return `${sent} pings`;
  },
  'unread pages': async (url) => {
    for (const socket of await openConnections(url, 50)) {
      socket.pause();
      for (let n = 0; n < 20; n += 1) socket.write(get('/graphql', 'Accept: text/html'));
    }
    await sleep(HOLD_MS);
    return '50 connections, 20 unread GraphiQL pages each';
  },
  pipelining: async (url) => {
    const requests = get('/api/v1/pool/available').repeat(2000);
    for (let round = 0; round < 4; round += 1) {
      for (const socket of await openConnections(url, 50)) {
        socket.pause();
        socket.write(requests);
      }
      await sleep(HOLD_MS / 4);
    }
    return '200 connections, 2,000 pipelined requests each';
  },
  'unread responses': async (url) => {
    for (const socket of await openConnections(url, 200)) {
      socket.pause();
      for (let n = 0; n < 20; n += 1) socket.write(get('/api/v1/pool/available'));
    }
    await sleep(HOLD_MS);
    return '200 connections, 20 unread lists each';
  },
  'unread events': async (url) => {
    for (const socket of await openConnections(url, 200)) {
      socket.pause();
      socket.write(get(`/graphql?query=${encodeURIComponent(LEVELS)}`, 'Accept: text/event-stream'));
    }
    await sleep(HOLD_MS);
    return '200 unread event streams';
  },
  'unfinished bodies': async (url) => {
    const sockets = await openConnections(url, 2000);
    for (const socket of sockets) socket.write(`${POST}Content-Length: 100000\r\n\r\n${'x'.repeat(99_000)}`);
    await sleep(HOLD_MS);
    return '2,000 connections, 99 kB of an unfinished body each';
  },
  'bodies in chunks of a byte': async (url) => {
    const chunks = '1\r\nx\r\n'.repeat(98_000);
    for (const socket of await openConnections(url, 100)) {
      socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
      await sleep(HOLD_MS / 100);
    }
    await sleep(HOLD_MS);
    return '100 connections, 98,000 chunks of an unfinished body each';
  },
  'unfinished messages': async (url) => {
    const part = Buffer.alloc(33_000, 'x');
    const sockets: WebSocket[] = [];
    for (let group = 0; group < 20; group += 1) sockets.push(...(await openSockets(url, 100, group)));
    for (const socket of sockets)
      for (let n = 0; n < 3; n += 1) socket.send(part, { fin: false, binary: false }, () => {});
    await sleep(HOLD_MS);
    return '2,000 WebSockets, 99 kB of an unfinished message each';
  },
  'long connection_init': async (url) => {
    const text = Buffer.from(JSON.stringify({ type: 'connection_init', payload: { PADDING } }));
    const sockets = await openConnections(url, 2000);
    for (const socket of sockets) socket.resume().write(Buffer.concat([HANDSHAKE, headOf(text), text]));
    await sleep(HOLD_MS);
    return '2,000 WebSockets, connection_init of 97 kB each';
  },
  'long bodies of event streams': async (url) => {
    const body = Buffer.from(JSON.stringify({ query: LEVELS, variables: { PADDING } }));
    const lines = `${POST}Accept: text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const socket of await openConnections(url, 2000)) {
      socket.resume().write(Buffer.concat([Buffer.from(lines), body]));
      await sleep(5);
    }
    await sleep(HOLD_MS);
    return '2,000 event streams, each with a body of 97 kB';
  },
  'requests behind event streams': async (url) => {
    const headers = Array.from({ length: 300 }, (_, n) => `h${n}: ${'x'.repeat(40)}`).join('\r\n');
    const sockets = await openConnections(url, 400);
    for (const socket of sockets) {
      socket.resume().write(get(`/graphql?query=${encodeURIComponent(LEVELS)}`, 'Accept: text/event-stream'));
      await once(socket, 'data');
    }
    const bodies = `${POST}Content-Length: 99000\r\n\r\n${'x'.repeat(99_000)}`.repeat(19);
    for (const [n, socket] of sockets.entries())
      socket.write(n % 2 === 0 ? bodies : get('/health', headers).repeat(19));
    await sleep(HOLD_MS);
    return '400 event streams, each with 19 requests of 15 or 99 kB that wait behind it';
  },
  'long documents': async (url) => await documents(url, { count: 3000, bytes: 95_000 }),
  'different documents': async (url) => await documents(url, { count: 3000, bytes: 9500 }),
  'expensive documents': async (url) => {
    const pages = [1, 2, 3, 4, 5, 6].map((n) =>
      PAGE.slice(1, -1).replace('availableStamps', `a${n}: availableStamps`),
    );
    const query = `{ ${pages.join(' ')} }`;
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        for (let n = 0; n < 10; n += 1) await postGraphql(url, query);
      }),
    );
    return '1,000 queries of 600 stamps, 100 at a time';
  },
  slowloris: async (url) => {
    const sockets = await openConnections(url, 50);
    for (const socket of sockets) socket.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\n');
    for (let n = 0; n < 14; n += 1) {
      await sleep(1000);
      for (const socket of sockets) if (!socket.destroyed) socket.write(`X-${n}: y\r\n`);
    }
    const open = sockets.filter(({ destroyed }) => !destroyed).length;
    if (open > 0) throw new Error(`${open} connections are still open`);
    return '50 connections, a header each second; all were closed';
  },
  'idle WebSockets': async (url) => {
    const sockets: WebSocket[] = [];
    for (let group = 0; group < 100; group += 1) sockets.push(...(await openSockets(url, 100, group)));
    await sleep(HOLD_MS);
    const open = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    if (open < 9900) throw new Error(`${open} of 10,000 are open`);
    return '10,000 WebSockets after connection_init';
  },
};

/** Each client address has at most 200 connections. */
const addressOf = (n: number, group = 0): string =>
  `127.0.${2 + Math.floor(group / 100)}.${1 + ((group + Math.floor(n / 100)) % 250)}`;

async function openConnections(url: string, count: number): Promise<readonly Socket[]> {
  const port = Number(new URL(url).port);
  return await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: addressOf(n) });
      socket.on('error', () => {}); // The service closes it.
      await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve()));
      return socket;
    }),
  );
}

/** Subscriptions by messages of almost 100 kB. The euro sign makes V8 store two bytes per character. */
async function largeMessages(
  url: string,
  make: (n: string) => { readonly id: string; readonly variables: Readonly<Record<string, unknown>> },
): Promise<string> {
  const sockets: WebSocket[] = [];
  for (let group = 0; group < 10; group += 1) sockets.push(...(await openSockets(url, 200, group)));
  for (let n = 1; n <= 20; n += 1) {
    const { id, variables } = make(String(n));
    const message = JSON.stringify({ type: 'subscribe', id, payload: { query: LEVELS, variables } });
    for (const socket of sockets) socket.send(message, () => {});
    await sleep(HOLD_MS / 20);
  }
  await sleep(HOLD_MS);
  return '2,000 WebSockets, 20 messages of 97 kB each';
}

const PADDING = `€${'x'.repeat(97_000)}`;

/** WebSockets that the service has acknowledged. */
async function openSockets(url: string, count: number, group = 0): Promise<readonly WebSocket[]> {
  const endpoint = `${url.replace('http', 'ws')}/graphql`;
  return await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const socket = new WebSocket(endpoint, 'graphql-transport-ws', { localAddress: addressOf(n, group) });
      socket.on('error', () => {}); // The service closes it.
      socket.on('open', () => socket.send('{"type":"connection_init"}'));
      await new Promise<void>((resolve) =>
        socket.once('message', () => resolve()).once('close', () => resolve()),
      );
      return socket;
    }),
  );
}

const subscribe = (socket: WebSocket, id: number, query: string): void =>
  socket.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query } }), () => {});

const get = (path: string, header = 'Accept: */*'): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`;

const POST = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

const HANDSHAKE = Buffer.from(
  [
    'GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
  ].join(''),
);

/** The head of a text frame of 64 KiB or more. The mask is 0. */
function headOf({ length }: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt16BE(0x81ff);
  head.writeUInt32BE(length, 6);
  return head;
}

const postGraphql = async (url: string, query: string): Promise<void> => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  await response.arrayBuffer();
};

async function documents(
  url: string,
  { count, bytes }: { readonly count: number; readonly bytes: number },
): Promise<string> {
  const names = 'at enabled nextRunAt totalAvailable lowReserve '.repeat(20);
  for (let n = 0; n < count; n += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const query = `{ poolStatus { ${names} } } # ${n + at} `;
        await postGraphql(url, query + 'x'.repeat(bytes - query.length));
      }),
    );
  }
  return `${count} different documents of ${bytes / 1000} kB`;
}
