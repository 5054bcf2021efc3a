import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { aStamp } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { assertNothingLogged, send } from './send.ts';

async function started(): Promise<RestServer> {
  const stamps = Array.from({ length: 30 }, (_, n) => aStamp({ n: n + 1 }));
  const server = await restServer({ stamps });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    assertNothingLogged(server);
  });
  return server;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LINES = 'HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const ACQUIRE = `POST /api/v1/pool/acquire ${LINES}`;
const GRAPHQL = `POST /graphql ${LINES}`;
const CLOSE = 'Connection: close\r\n';

/** A connection from an address that has at most 200 of them. */
async function connected(url: string, n = 0): Promise<Socket> {
  const localAddress = `127.0.0.${2 + Math.floor(n / 200)}`;
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress });
  socket.on('error', () => {}); // the service closes it
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const inChunksOfAByte = (body: string): string =>
  `Transfer-Encoding: chunked\r\n\r\n${body.replaceAll(/[^]/g, '1\r\n$&\r\n')}0\r\n\r\n`;

test('a body in many chunks, and one that arrives in parts, are read as a whole', async () => {
  const { url } = await started();
  const padded = `{"size":"small"${' '.repeat(20_000)}}`;
  const [head, tail] = [padded.slice(0, 9000), padded.slice(9000)];
  const chunked = await connected(url);
  chunked.write(ACQUIRE + CLOSE + inChunksOfAByte(`{"size":"small"}${' '.repeat(1900)}`));
  const inParts = await connected(url);
  inParts.write(`${ACQUIRE}${CLOSE}Content-Length: ${padded.length}\r\n\r\n${head}`);
  await send(`${url}/health`, { method: 'GET' });
  inParts.write(tail);
  const graphql = await connected(url);
  graphql.write(GRAPHQL + CLOSE + inChunksOfAByte('{"query":"{ poolStatus { totalAvailable } }"}'));
  expect(await text(chunked)).toMatch(/^HTTP\/1.1 200 [^]*"success":true/);
  expect(await text(inParts)).toMatch(/^HTTP\/1.1 200 [^]*"success":true/);
  expect(await text(graphql)).toMatch(/^HTTP\/1.1 200 [^]*"totalAvailable":/);
});

test.each([
  ['REST', ACQUIRE],
  ['GraphQL', GRAPHQL],
])('a body in chunks that is too long is refused, also if its beginning is valid: %s', async (_api, head) => {
  const { url } = await started();
  const socket = await connected(url);
  const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`;
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n${chunk.repeat(25)}0\r\n\r\n`);
  const [answer]: unknown[] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
});

test('a body in more than 2,000 chunks closes its connection', async () => {
  const { url } = await started();
  const socket = await connected(url);
  const closed = once(socket, 'close');
  socket.resume().write(ACQUIRE + inChunksOfAByte(`{"size":"small"}${' '.repeat(2000)}`));
  await closed;
  expect(socket.bytesRead).toBe(0);
});

test('a body that waits behind another request of its connection is read', async () => {
  const { url } = await started();
  const socket = await connected(url);
  const second = `${ACQUIRE}${CLOSE}${inChunksOfAByte('{"size":"small"}')}`;
  socket.write(`${ACQUIRE}Content-Length: 2\r\n\r\n{}${second}`);
  expect((await text(socket)).match(/"success":true/g)).toHaveLength(2);
});

test.each([
  ['REST', ACQUIRE],
  ['GraphQL', GRAPHQL],
])(
  'above 32 MB of unfinished bodies in all, the longest are refused, and an acquisition succeeds: %s',
  async (_api, head) => {
    const { url } = await started();
    const unfinished = `${head}Content-Length: 100000\r\n\r\n${'x'.repeat(90_000)}`;
    // at once: ten seconds after the first of them, it would be answered that it did not arrive in time
    const refusals = Array.from({ length: 400 }, async (_, n) => {
      const socket = await connected(url, n);
      socket.write(unfinished);
      return await text(socket).catch(() => 'reset');
    });
    expect(await Promise.race(refusals)).toMatch(
      /^HTTP\/1.1 503 [^]*retry-after: \d+\r\n[^]*"The service is overloaded\. No stamp was given out\. Retry later\."/i,
    );
    const { status, body } = await send(`${url}/api/v1/pool/acquire`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{}',
    });
    expect([status, JSON.parse(body)]).toMatchObject([200, { success: true }]);
  },
);

test('a body counts as long as its response lasts: above 32 MB, the longest are refused', async () => {
  const { url } = await started();
  const query = 'subscription { reserveLevels { at } }';
  const body = JSON.stringify({ query, variables: { unused: 'x'.repeat(90_000) } });
  const statuses: string[] = [];
  for (let n = 0; n < 120; n += 1) {
    const socket = await connected(url);
    socket.write(`${GRAPHQL}Accept: text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    statuses.push(String((await once(socket, 'data'))[0]).slice(9, 12));
  }
  expect(statuses[0]).toBe('200');
  expect(statuses.at(-1)).toBe('503');
  const acquisition = { method: 'POST', headers: JSON_TYPE, body: '{}' };
  const { status } = await send(`${url}/api/v1/pool/acquire`, acquisition);
  expect(status).toBe(200);
});
