import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { acquireDocument } from './graphql-post.ts';
import { authorizationLine, type HeaderLine, HOST, rawHttp, sendRaw } from './raw-http.ts';
import { connectionInit } from './websocket-messages.ts';

/** Handshakes and frames as bytes: bad opcodes, lengths, masks, fragments, close codes; frames without a handshake. */
export const websocketFrames: Generator = { kind: 'websocket-frames', weight: 8, generate };

function generate(draw: Draw): Generated {
  if (draw.chance(20))
    return { request: sendRaw(malformedHandshake(draw) + opening(draw) + acquire(draw), draw) };
  const malformed = draw.pick(FRAMES)(draw);
  if (draw.chance(20)) return { request: sendRaw(handshake(draw) + malformed, draw) };
  const isBefore = draw.chance(50);
  // No server can read frames after one that is not valid.
  const frames = isBefore ? acquire(draw) + malformed : malformed + acquire(draw);
  return { request: sendRaw(handshake(draw) + opening(draw) + frames, draw), mayAcquire: 1 };
}

const GOOD_HANDSHAKE: readonly HeaderLine[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['Sec-WebSocket-Protocol', 'graphql-transport-ws'],
];

const upgrade = (headers: readonly HeaderLine[], draw: Draw, target = '/graphql'): string =>
  rawHttp({ method: 'GET', target, headers: [['Host', HOST], ...authorizationLine(draw), ...headers] });

const handshake = (draw: Draw): string => upgrade(GOOD_HANDSHAKE, draw);

/** A handshake that no server may complete with 101. */
function malformedHandshake(draw: Draw): string {
  const without = draw.below(GOOD_HANDSHAKE.length - 1);
  return draw.pick([
    upgrade(
      GOOD_HANDSHAKE.filter((_, at) => at !== without),
      draw,
    ),
    upgrade(GOOD_HANDSHAKE, draw, draw.pick(['/', '/health', '/graphql/', '/nowhere', '//graphql'])),
    upgrade(replaced('Sec-WebSocket-Key', draw.pick(['', 'x', 'a'.repeat(24), 'é'.repeat(22)])), draw),
    upgrade(replaced('Sec-WebSocket-Version', draw.pick(['', '0', '12', '14', 'x', '-13', '13, 8'])), draw),
    upgrade(replaced('Sec-WebSocket-Protocol', draw.pick([',', 'a b', 'x,,y', '"', ''])), draw),
    upgrade([...GOOD_HANDSHAKE, ['Origin', 'https://elsewhere.example']], draw),
    handshake(draw).replace('GET', 'POST'),
    handshake(draw).replace('HTTP/1.1', 'HTTP/1.0'),
    handshake(draw).replace(HOST, 'elsewhere.example'),
  ]);
}

const replaced = (name: string, value: string): HeaderLine[] =>
  GOOD_HANDSHAKE.map(([each, old]): HeaderLine => [each, each === name ? value : old]);

const opening = (draw: Draw): string => frame({ payload: connectionInit(draw) });

/** An acquire request in one frame, or in several. */
function acquire(draw: Draw): string {
  const payload = JSON.stringify({
    type: 'subscribe',
    id: '1',
    payload: { query: acquireDocument(draw.key) },
  });
  const parts = draw.pick([1, 1, 2, 5]);
  const size = Math.ceil(payload.length / parts);
  return Array.from({ length: parts }, (_, n) =>
    frame({
      payload: payload.slice(n * size, (n + 1) * size),
      isFinal: n === parts - 1,
      opcode: n === 0 ? 1 : 0,
    }),
  ).join('');
}

interface Frame {
  readonly payload?: string;
  readonly opcode?: number;
  readonly isFinal?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  readonly isMasked?: boolean;
  /** The length that the head states, if it is not that of the payload. */
  readonly length?: number;
}

/** One frame, with the mask 0, so that the payload is as it is. */
function frame({
  payload = '',
  opcode = 1,
  isFinal = true,
  reserved = 0,
  isMasked = true,
  length = payload.length,
}: Frame): string {
  const head = [(isFinal ? 0x80 : 0) | (reserved << 4) | opcode];
  const mask = isMasked ? 0x80 : 0;
  if (length < 126) head.push(mask | length);
  else if (length < 65_536) head.push(mask | 126, length >> 8, length & 0xff);
  else head.push(mask | 127, ...Buffer.from(BigInt(length).toString(16).padStart(16, '0'), 'hex'));
  return String.fromCharCode(...head) + (isMasked ? '\0\0\0\0' : '') + payload;
}

const PING = '{"type":"ping"}';

const FRAMES: readonly ((draw: Draw) => string)[] = [
  (draw) => frame({ payload: PING, opcode: draw.between(3, 7) }),
  (draw) => frame({ opcode: draw.between(11, 15) }),
  (draw) => frame({ payload: PING, reserved: draw.between(1, 7) }),
  () => frame({ payload: PING, isMasked: false }),
  (draw) =>
    frame({
      payload: PING,
      length: draw.pick([126, 65_536, 100_001, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]),
    }),
  (draw) => frame({ payload: PING, length: draw.below(PING.length) }),
  (draw) => frame({ payload: 'x'.repeat(draw.pick([100_001, 150_000])) }),
  () => frame({ payload: PING, opcode: 0 }), // continues nothing
  () => frame({ payload: PING, isFinal: false }) + frame({ payload: PING }), // a new message within one
  (draw) =>
    frame({ payload: '{', isFinal: false }) +
    frame({ payload: '"', opcode: 0, isFinal: false }).repeat(draw.pick([50, 99, 200])),
  (draw) => frame({ payload: 'x', isFinal: false }) + frame({ opcode: 9 }).repeat(draw.between(1, 200)),
  (draw) => frame({ payload: 'x'.repeat(draw.pick([126, 200])), opcode: draw.pick([8, 9, 10]) }), // a long control frame
  (draw) => frame({ payload: 'x', opcode: draw.pick([8, 9, 10]), isFinal: false }),
  (draw) =>
    frame({
      payload: draw.pick([
        '\x00',
        '\x00\x00',
        '\x03\xed',
        '\x03\xee',
        '\x03\xf7',
        '\xff\xff',
        '\x03\xe8\xff\xfe',
      ]),
      opcode: 8,
    }),
  (draw) => frame({ payload: `\x03\xe8${draw.bytes(100)}`, opcode: 8 }),
  (draw) => frame({ payload: draw.pick(['\xff', '\xed\xa0\x80', '\xc0\x80', '{"type":"ping","a":"\xf5"}']) }), // not UTF-8
  (draw) => frame({ payload: draw.bytes(125), opcode: draw.pick([9, 10]) }).repeat(draw.between(1, 300)),
  (draw) => frame({ payload: draw.bytes(400), opcode: 2 }),
  (draw) => draw.bytes(400),
  (draw) => frame({}).repeat(draw.between(1, 50)),
  (draw) => frame({ payload: PING }).slice(0, draw.below(6)),
  () => 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
];
