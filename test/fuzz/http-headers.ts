import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { type HeaderLine, rawAcquire, rawHttp, rawRead, sendRaw } from './raw-http.ts';

/** Header lines: malformed names and values, repeated and contradicting ones, very many and very long ones. */
export const httpHeaders: Generator = { kind: 'http-headers', weight: 10, generate };

function generate(draw: Draw): Generated {
  const isAcquire = draw.chance(40);
  const base = isAcquire ? rawAcquire(draw) : rawRead(draw);
  const refused = draw.chance(60);
  const lines = refused ? refusedLines(draw) : unusualLines(draw);
  const names = new Set(lines.filter(([, , replaces]) => replaces).map(([name]) => name.toLowerCase()));
  const kept = base.headers.filter(([name]) => !names.has(name.toLowerCase()));
  const at = draw.below(kept.length + 1);
  const added = lines.map(([name, value]): HeaderLine => [name, value]);
  const headers = [...kept.slice(0, at), ...added, ...kept.slice(at)];
  return {
    request: sendRaw(rawHttp({ ...base, headers }), draw),
    mayAcquire: isAcquire && !refused ? 1 : 0,
  };
}

/** A header line; `replaces` removes the line of that name from the valid request. */
type Line = readonly [name: string, value: string, replaces?: 'replaces'];

/** Lines that make an acquire request invalid. */
function refusedLines(draw: Draw): readonly Line[] {
  const control = String.fromCharCode(draw.pick([0, 1, 8, 11, 13, 27, 31]));
  return draw.pick<readonly Line[]>([
    [[`X-A${draw.pick([' ', '(', '/', '@', '\\', ']', '{', '"', ';', ',', '=', '\0', '\x7f', 'é'])}B`, '1']],
    [['', 'no name']],
    [[' ', 'only a space']],
    [[`X-Control`, `a${control}b`]],
    [['Idempotency-Key', `${draw.key}${control}`, 'replaces']],
    [['Host', 'elsewhere.example', 'replaces']],
    [['Host', draw.pick(['a b', 'a/b', 'a@b', '[::1', 'a:b:c', '127.0.0.1:999999', 'é', '"']), 'replaces']],
    [['Host', 'localhost']], // a second one
    [['Origin', draw.pick(['https://elsewhere.example', 'null', 'x', 'http://', '', 'file://'])]],
    [['Sec-Fetch-Site', draw.pick(['cross-site', 'same-site', '', 'x'])]],
    [['Content-Encoding', draw.pick(['gzip', 'br', 'deflate', 'x', 'identity, gzip'])]],
    [['X-Long', 'a'.repeat(draw.between(17_000, 100_000))]],
    [['X'.repeat(draw.between(17_000, 40_000)), 'a']],
    Array.from({ length: 1500 }, (_, n): Line => [`X-Many-${n}`, 'abcdefgh']),
    [
      ['Idempotency-Key', 'another', 'replaces'],
      ['Idempotency-Key', draw.key],
    ],
    [['Idempotency-Key', draw.pick(['', ' ', '""', '"  "', '\t']), 'replaces']],
    [['Idempotency-Key', `${draw.key}${'x'.repeat(draw.between(256, 4000))}`, 'replaces']],
    [['Transfer-Encoding', draw.pick(['gzip', 'x', 'identity', 'chunked, gzip', 'chunked;q=1'])]],
  ]);
}

/** Lines that a server may accept or refuse. */
function unusualLines(draw: Draw): readonly Line[] {
  return draw.pick<readonly Line[]>([
    [['X-Fold', 'a\r\n b']],
    [['X-High', visibleBytes(30, draw)]],
    [[draw.ascii(10).replaceAll(/[^\w-]/g, 'a') || 'a', draw.ascii(200)]],
    [['Connection', draw.pick(['close', 'keep-alive, close', 'Host', 'x', ',,,', 'Upgrade'])]],
    [
      ['Upgrade', draw.pick(['h2c', 'websocket', 'TLS/1.0', 'x', '', ',', 'websocket, websocket'])],
      CONNECTION_UPGRADE,
    ],
    [
      ['Upgrade', 'websocket'],
      CONNECTION_UPGRADE,
      ['Sec-WebSocket-Key', draw.pick(['', 'x', 'dGhlIHNhbXBsZSBub25jZQ==', 'é'])],
      ['Sec-WebSocket-Version', draw.pick(['13', '8', '0', '99', 'x', '13, 8'])],
    ],
    [['Expect', draw.pick(['100-continue', '200-ok', '', 'x'])]],
    [
      [
        'Accept',
        draw.pick([
          'text/html',
          'text/event-stream',
          '*/*;q=0',
          ',',
          ';',
          draw.ascii(80),
          'a/b,'.repeat(500),
        ]),
      ],
    ],
    [['Accept-Encoding', draw.pick(['gzip;q=0', 'br', ',', 'gzip;q=x', '*'])]],
    [['X-Forwarded-For', draw.pick(['1.2.3.4', 'x', ',,,', '::1, '.repeat(100), 'é', '999.1.1.1'])]],
    [
      ['X-Forwarded-Host', 'elsewhere.example'],
      ['X-Forwarded-Proto', draw.pick(['https', 'x', ''])],
    ],
    [['Forwarded', draw.pick(['for=1.2.3.4', 'for="', 'x'])]],
    [
      [
        'Content-Type',
        draw.pick([
          'application/json',
          'text/plain',
          'x',
          'application/json; charset=utf-16',
          ';',
          'multipart/form-data',
        ]),
        'replaces',
      ],
    ],
    [['Idempotency-Key', draw.pick([draw.key, `"${draw.key}"`, `${draw.key}, ${draw.key}`]), 'replaces']],
    [['Idempotency-Key', `${draw.key}${visibleBytes(60, draw)}`, 'replaces']],
    [['Cookie', 'a=b; '.repeat(draw.between(1, 300))]],
    [
      ['Range', 'bytes=0-0,-1'],
      ['If-None-Match', '*'],
      ['If-Modified-Since', 'x'],
    ],
    [
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['toString', 'z'],
    ],
    [
      ['Access-Control-Request-Method', draw.pick(['POST', 'x', ''])],
      ['Access-Control-Request-Headers', draw.ascii(60)],
    ],
    [
      ['Prefer', draw.ascii(30)],
      ['X-Payment-Mode', draw.ascii(30)],
    ],
    [
      ['Max-Forwards', '-1'],
      ['Via', ','],
      ['Trailer', 'Content-Length'],
      ['TE', 'trailers, deflate;q=0.5'],
    ],
  ]);
}

const CONNECTION_UPGRADE: Line = ['Connection', 'Upgrade'];

/** Bytes that a field value may have, most of them not ASCII. */
const visibleBytes = (maxLength: number, draw: Draw): string =>
  draw.bytes(maxLength).replaceAll(/[^\x20-\x7e\x80-\xff]/g, '\xff');
