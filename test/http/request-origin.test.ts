import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { requestIdOf, traceIdOf } from '../../src/http/request-origin.ts';
import { aStamp, batchId } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { unreadable } from './failing-store.ts';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACE_PARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const ORIGIN = { 'X-Request-Id': 'my-id', traceparent: TRACE_PARENT };
const MUTATION = 'mutation { acquireStamp(input: { size: SMALL, clientRef: "r" }) { __typename } }';

/** One acquisition by each transport. */
const TRANSPORTS: Readonly<Record<string, (server: RestServer) => Promise<unknown>>> = {
  REST: async (server) => await server.acquire({ size: 'small' }, ORIGIN),
  GraphQL: async ({ url }) =>
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...ORIGIN },
      body: JSON.stringify({ query: MUTATION }),
    }),
  WebSocket: async ({ url }) => {
    class WithHeaders extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers: ORIGIN });
      }
    }
    const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WithHeaders });
    for await (const _ of client.iterate({ query: MUTATION }));
    await client.dispose();
  },
};

describe('an acquisition', () => {
  test.each(Object.keys(TRANSPORTS))(
    'over %s is one log line with its reason and the ids of its request',
    async (name) => {
      await using server = await restServer({ stamps: [aStamp({ n: 1 })] });
      await TRANSPORTS[name]?.(server);
      const {
        items: [item],
      } = await server.store.acquisitions({ first: 1, after: null });
      expect(server.decisions).toEqual([
        {
          event: 'acquired',
          acquisitionId: item?.item.id,
          orderId: aStamp({ n: 1 }).orderId,
          batchId: batchId(1),
          node: 'bee',
          owner: '127.0.0.1',
          clientRef: name === 'REST' ? null : 'r',
          askedDepth: 17,
          givenDepth: 17,
          costPlur: aStamp({ n: 1 }).cost.toString(),
          ttlSeconds: item?.item.ttlSeconds,
          reason: 'depth 17 was asked for',
          requestId: 'my-id',
          traceId: TRACE_ID,
        },
      ]);
    },
  );

  test('of a larger stamp says so, a replay is its own event, and a refusal is no line', async () => {
    await using server = await restServer({ stamps: [aStamp({ n: 1, depth: 20 })] });
    for (let n = 0; n < 2; n += 1) await server.acquire({ size: 'small' }, { 'Idempotency-Key': 'k' });
    await server.acquire({ size: 'small' });
    expect(server.decisions.map(({ event, reason }) => [event, reason])).toEqual([
      ['acquired', 'depth 17 was asked for, and none was available: depth 20 is the next larger one'],
      ['replayed', 'depth 17 was asked for, and none was available: depth 20 is the next larger one'],
    ]);
  });
});

describe('the id of a request', () => {
  test.each(['/health', '/api/v1/pool/status', '/graphql?query={__typename}', '/nothing', '/%zz'])(
    'is sent with every response, also of %s',
    async (path) => {
      await using server = await restServer();
      const given = await fetch(server.url + path, { headers: { 'X-Request-Id': 'a b' } });
      expect(given.headers.get('x-request-id')).toBe('a b');
      const made = await fetch(server.url + path);
      expect(made.headers.get('x-request-id')).toMatch(UUID);
    },
  );

  test('is that of the client if it fits a log line', () => {
    const idFor = (id: string | undefined): string => requestIdOf({ headers: { 'x-request-id': id } });
    expect(idFor('x'.repeat(128))).toBe('x'.repeat(128));
    for (const id of [undefined, '', 'x'.repeat(129), 'a\tb', 'ä']) expect(idFor(id)).toMatch(UUID);
    expect(idFor(undefined)).not.toBe(idFor(undefined));
  });
});

test.each([
  [TRACE_PARENT, TRACE_ID],
  [`01-${TRACE_ID}-b7ad6b7169203331-01-more`, TRACE_ID],
  [`00-${TRACE_ID}-b7ad6b7169203331-01-more`, null],
  [`ff-${TRACE_ID}-b7ad6b7169203331-01`, null],
  [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, null],
  [`00-${TRACE_ID}-${'0'.repeat(16)}-01`, null],
  [`00-${TRACE_ID.toUpperCase()}-b7ad6b7169203331-01`, null],
  ['', null],
  [undefined, null],
])('the trace of traceparent %s is %s', (traceparent, traceId) => {
  expect(traceIdOf({ headers: traceparent === undefined ? {} : { traceparent } })).toBe(traceId);
});

test('an error that is logged has the ids of its request', async () => {
  await using server = await restServer({ around: unreadable });
  await server.acquire({}, ORIGIN);
  const errors = server.logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error');
  expect(errors).toMatchObject([{ requestId: 'my-id', traceId: TRACE_ID, err: { type: 'TypeError' } }]);
});
