import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { acquireDocument } from './graphql-post.ts';
import { stampsAskedBy } from './graphql-schema.ts';
import { mutateText } from './mutate-text.ts';
import { randomDocument } from './random-document.ts';

/** Messages of graphql-transport-ws: malformed, in the wrong order, repeated, too many, of unknown types. */
export const websocketMessages: Generator = { kind: 'websocket-messages', weight: 8, generate };

const SUBPROTOCOL = 'graphql-transport-ws';
const LAST_ID = 'the last one';
/** The service handles messages in their order: when this one has its response, all have been handled. */
const LAST_OPERATION = JSON.stringify({
  type: 'subscribe',
  id: LAST_ID,
  payload: { query: '{ __typename }' },
});

function generate(draw: Draw): Generated {
  const isInitialised = draw.chance(90);
  const isHarmless = draw.chance(50);
  const documents = new Map<string, number>();
  const messages = Array.from({ length: draw.between(1, 4) }, () =>
    draw.pick(isHarmless ? HARMLESS : MESSAGES)(draw, documents),
  ).flat();
  const asked = [...documents.values()].reduce((sum, count) => sum + count, 0);
  return {
    request: {
      by: 'websocket',
      protocols: draw.chance(97) ? [SUBPROTOCOL] : draw.pick([[], ['graphql-ws'], ['x', SUBPROTOCOL]]),
      messages: [...(isInitialised ? [connectionInit(draw)] : []), ...messages, LAST_OPERATION],
      pings: draw.chance(3) ? draw.between(90, 400) : draw.below(2),
      awaits: draw.chance(80) ? LAST_ID : null,
      closeCode: draw.pick([1000, 1001, 3000, 4000, 4999]),
    },
    mayAcquire: isInitialised ? asked : 0,
  };
}

export const connectionInit = ({ authorization }: Draw): string =>
  JSON.stringify({ type: 'connection_init', ...(authorization !== null && { payload: { authorization } }) });

/** Adds each document that it sends, with the stamps that the document asks for. */
type Message = (draw: Draw, documents: Map<string, number>) => string | Uint8Array | (string | Uint8Array)[];

const json = JSON.stringify;

function subscribe(query: unknown, draw: Draw, documents: Map<string, number>): string {
  const key = `${documents.size}`;
  documents.set(key, stampsAskedBy(query));
  return json({ type: 'subscribe', id: draw.pick(['1', '2', draw.ascii(6), key]), payload: { query } });
}

/** None of them closes the socket, so that those after them are handled too. */
const HARMLESS: readonly Message[] = [
  (draw, documents) =>
    subscribe(draw.chance(20) ? acquireDocument(draw.key) : '{ __typename }', draw, documents),
  (draw, documents) => subscribe(randomDocument(draw), draw, documents),
  (draw, documents) => subscribe(mutateText(randomDocument(draw), draw), draw, documents),
  (draw, documents) => subscribe('subscription { reserveLevels { at } }', draw, documents),
  () => json({ type: 'ping' }),
  () => json({ type: 'complete', id: '1' }),
];

const MESSAGES: readonly Message[] = [
  ...HARMLESS,
  (draw, documents) => subscribe(draw.json(), draw, documents),
  (draw) =>
    json({ type: 'subscribe', id: '1', payload: { query: '{ __typename }', variables: draw.json() } }),
  (draw) => json({ type: 'subscribe', id: draw.json(), payload: { query: '{ __typename }' } }),
  (draw) => json({ type: 'subscribe', id: '1', payload: draw.json() }),
  (draw) => json({ type: draw.json(), id: '1', payload: {} }),
  (draw) =>
    json({
      type: draw.pick([
        'next',
        'error',
        'connection_ack',
        'toString',
        '__proto__',
        '',
        'start',
        'stop',
        'data',
      ]),
      id: '1',
    }),
  (draw) => json({ type: 'complete', id: draw.pick(['1', 'nope', '', '__proto__', draw.text(20)]) }),
  (draw) => json({ type: draw.pick(['ping', 'pong']), payload: draw.json() }),
  (draw) => json({ type: 'connection_init', payload: draw.json() }),
  (draw) => json(draw.json()),
  (draw) => mutateText('{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}', draw),
  (draw) => draw.text(200),
  () => '',
  (draw) =>
    new TextEncoder().encode(
      draw.pick([
        '{"type":"ping"}',
        'x',
        '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}',
      ]),
    ),
  (draw) => Buffer.from(draw.bytes(300), 'latin1'),
  (draw) => `{"type":"ping","payload":${'['.repeat(draw.pick([10, 25, 45_000]))}`,
  (draw) => 'x'.repeat(draw.pick([90_000, 100_001, 300_000])),
  (draw) =>
    Array.from({ length: draw.between(19, 40) }, (_, n) =>
      json({ type: 'subscribe', id: `s${n}`, payload: { query: 'subscription { reserveLevels { at } }' } }),
    ),
  (draw) => Array.from({ length: draw.between(90, 200) }, () => '{"type":"ping"}'),
  () => ['{"type":"connection_init"}', '{"type":"connection_init"}'],
];
