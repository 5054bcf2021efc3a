import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { sendRaw } from './raw-http.ts';

/** Bytes that are no HTTP: other protocols, random bytes, and pieces of requests in any order. */
export const httpNoise: Generator = { kind: 'http-noise', weight: 6, generate };

function generate(draw: Draw): Generated {
  const bytes = draw.pick([otherProtocol, (one: Draw) => one.bytes(400), pieces, pieces])(draw);
  return { request: sendRaw(bytes, draw), mayAcquire: bytes.includes('POST /api/v1/pool/acquire') ? 1 : 0 };
}

const otherProtocol = (draw: Draw): string =>
  draw.pick([
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // TLS
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00',
    '\x05\x01\x00', // SOCKS
    'SSH-2.0-OpenSSH_9.9\r\n',
    'EHLO elsewhere.example\r\n',
    '*1\r\n$4\r\nPING\r\n',
    'GET /health\r\n',
    'GET /health\r\n\r\n',
    '\r\n'.repeat(draw.between(1, 3000)),
    '\0'.repeat(draw.between(1, 3000)),
    'PROXY TCP4 1.2.3.4 127.0.0.1 1 2\r\nGET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    '',
  ]);

const PIECES = [
  'GET ',
  'POST ',
  'PRI ',
  'CONNECT ',
  '/graphql',
  '/health',
  '/api/v1/pool/acquire',
  ' HTTP/1.1\r\n',
  'Host: 127.0.0.1\r\n',
  'Content-Type: application/json\r\n',
  'Content-Length: 2\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: Upgrade\r\nUpgrade: websocket\r\n',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
  '\r\n',
  '{}',
  '?query={__typename}',
  '*',
  'http://',
];

const pieces = (draw: Draw): string =>
  Array.from({ length: draw.between(1, 14) }, () =>
    draw.chance(85) ? draw.pick(PIECES) : draw.bytes(5),
  ).join('');
