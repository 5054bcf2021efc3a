import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { ACQUIRE_PATH, type HeaderLine, HOST, rawAcquire, rawHttp, sendRaw } from './raw-http.ts';

/** Bodies that do not match their framing, and requests inside bodies. */
export const httpBody: Generator = { kind: 'http-body', weight: 10, generate };

function generate(draw: Draw): Generated {
  const [bytes, mayAcquire = 0] = draw.pick(FRAMINGS)(draw);
  return { request: sendRaw(bytes, draw), mayAcquire };
}

type Framing = (draw: Draw) => readonly [bytes: string, mayAcquire?: number];

const FRAMINGS: readonly Framing[] = [
  // Content-Length
  (draw) => [withLength(draw, (length) => String(length + draw.between(1, 1_000_000)))],
  (draw) => {
    const bytes = withLength(draw, (length) => String(draw.below(Math.max(1, length))));
    return [bytes.replace('{}', '{"size":"small"}')];
  },
  (draw) => [
    withLength(draw, (length) =>
      draw.pick([
        `-${length}`,
        `${length}.0`,
        `${length}e0`,
        `0x${length.toString(16)}`,
        `${length} ${length}`,
        `${length};`,
        '',
        'x',
        '9'.repeat(draw.between(20, 400)),
        '18446744073709551616',
        `${length}, ${length + 1}`,
      ]),
    ),
  ],
  (draw) => [twoLengths(draw)],
  (draw) => [oversized(draw)],
  // chunks
  (draw) => [chunked(draw, (body) => `${hex(body)}\r\n${body}\r\n0\r\n\r\n`), 1],
  (draw) => [chunked(draw, (body) => `${hex(body)};a="b"\r\n${body}\r\n0\r\nX-Trailer: 1\r\n\r\n`), 1],
  (draw) => [chunked(draw, (body) => `${body.replaceAll(/./g, '1\r\n$&\r\n')}0\r\n\r\n`), 1],
  (draw) => [chunked(draw, (body) => `${hex(body)}\r\n${body}\r\n`)], // no end
  (draw) => [chunked(draw, (body) => `${hex(body)}\r\n${body.slice(1)}`)],
  (draw) => [
    chunked(
      draw,
      (body) =>
        `${draw.pick(['-1', '0x10', 'g', '', ' ', `+${hex(body)}`, 'ffffffffffffffffff', '\0', draw.bytes(6)])}\r\n${body}\r\n0\r\n\r\n`,
    ),
  ],
  (draw) => [chunked(draw, (body) => `${hex(body)}\r\n${body}X\r\n0\r\n\r\n`)],
  (draw) => [
    chunked(
      draw,
      (body) => `${hex(body)};${'a'.repeat(draw.between(17_000, 60_000))}\r\n${body}\r\n0\r\n\r\n`,
    ),
  ],
  (draw) => [chunked(draw, () => draw.bytes(200))],
  (draw) => [chunked(draw, (body) => `${hex(body)}\r\n${body}\r\n0\r\n\r\n`, [['Content-Length', '4']])],
  (draw) => [
    chunked(
      draw,
      (body) => `${hex(body)}\r\n${body}\r\n0\r\n${'X-T: 1\r\n'.repeat(draw.between(3000, 6000))}\r\n`,
    ),
  ],
  // a request inside the body of another one
  (draw) => [inside(draw, 'GET', '/health')],
  (draw) => [inside(draw, 'POST', '/graphql')],
  (draw) => [inside(draw, 'POST', ACQUIRE_PATH)],
  (draw) => [inside(draw, 'OPTIONS', ACQUIRE_PATH)],
  (draw) => [inside(draw, 'POST', '/nowhere')],
  (draw) => [insideChunks(draw)],
];

const hex = (text: string): string => text.length.toString(16);

function withLength(draw: Draw, change: (length: number) => string): string {
  const base = rawAcquire(draw);
  const headers = base.headers.map(
    ([name, value]): HeaderLine => [name, name === 'Content-Length' ? change(Number(value)) : value],
  );
  return rawHttp({ ...base, headers });
}

function twoLengths(draw: Draw): string {
  const base = rawAcquire(draw);
  const other = String(draw.below(base.body.length));
  const headers: HeaderLine[] = [...base.headers];
  headers.splice(draw.below(headers.length + 1), 0, ['Content-Length', other]);
  return rawHttp({ ...base, headers });
}

function oversized(draw: Draw): string {
  const base = rawAcquire(draw);
  const body = `{"size":"small","x":"${'a'.repeat(draw.between(100_000, 200_000))}"}`;
  const headers = base.headers.map(
    ([name, value]): HeaderLine => [name, name === 'Content-Length' ? String(body.length) : value],
  );
  return rawHttp({ ...base, headers, body });
}

function chunked(draw: Draw, encode: (body: string) => string, others: readonly HeaderLine[] = []): string {
  const base = rawAcquire(draw);
  const headers = base.headers.filter(([name]) => name !== 'Content-Length');
  const coding: HeaderLine = ['Transfer-Encoding', draw.pick(['chunked', 'Chunked', 'CHUNKED'])];
  return rawHttp({ ...base, headers: [...headers, ...others, coding], body: encode(base.body) });
}

/** The outer request consumes the inner one as its body. */
function inside(draw: Draw, method: string, target: string): string {
  const body = rawHttp(rawAcquire(draw));
  return rawHttp({
    method,
    target,
    headers: [
      ['Host', HOST],
      ['Content-Type', draw.pick(['application/json', 'text/plain'])],
      ['Content-Length', String(body.length)],
    ],
    body,
  });
}

function insideChunks(draw: Draw): string {
  const body = rawHttp(rawAcquire(draw));
  return rawHttp({
    method: draw.pick(['GET', 'POST']),
    target: draw.pick(['/health', '/graphql', ACQUIRE_PATH]),
    headers: [
      ['Host', HOST],
      ['Transfer-Encoding', 'chunked'],
    ],
    body: `${hex(body)}\r\n${body}\r\n0\r\n\r\n`,
  });
}
