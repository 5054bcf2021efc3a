import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { ACQUIRE_PATH, HOST, rawAcquire, rawHttp, rawRead, sendRaw } from './raw-http.ts';

/** Request lines with malformed methods, targets and versions. */
export const httpLine: Generator = { kind: 'http-line', weight: 8, generate };

function generate(draw: Draw): Generated {
  const base = draw.chance(40) ? rawAcquire(draw) : rawRead(draw);
  const part = draw.below(4);
  const method = part === 0 ? malformedMethod(base.method, draw) : base.method;
  const target = part === 1 ? malformedTarget(base.target, draw) : base.target;
  const version = part === 2 ? malformedVersion(draw) : 'HTTP/1.1';
  const text = rawHttp({ ...base, method, target, version });
  const bytes = part === 3 ? malformedLine(text, draw) : text;
  const isPost = method === 'POST' && READ_VERSIONS.has(version);
  return {
    request: sendRaw(bytes, draw),
    mayAcquire: isPost && /acquire/i.test(decoded(target)) ? 1 : 0,
  };
}

/** node:http reads RTSP as HTTP, and does not say so. */
const READ_VERSIONS: ReadonlySet<string> = new Set(['HTTP/1.0', 'HTTP/1.1', 'RTSP/1.0']);

const malformedMethod = (method: string, draw: Draw): string =>
  draw.pick([
    method.toLowerCase(),
    `${method}X`,
    `X${method}`,
    '',
    ' ',
    `${method}\t`,
    `${method}\0`,
    'PRI',
    'TRACE',
    'CONNECT',
    'OPTIONS',
    'HEAD',
    'PUT',
    'PATCH',
    'DELETE',
    'QUERY',
    'PROPFIND',
    'M-SEARCH',
    'SOURCE',
    '__proto__',
    'constructor',
    'é',
    'A'.repeat(draw.between(1, 20_000)),
    draw.ascii(8),
    draw.bytes(8),
  ]);

const malformedTarget = (target: string, draw: Draw): string =>
  draw.pick([
    `http://${HOST}${target}`,
    `https://elsewhere.example${target}`,
    `HTTP://user:password@${HOST}:99999${target}`,
    `http:${target}`,
    `//elsewhere.example${target}`,
    `/${target}`,
    `${target}/`,
    `${target}//`,
    `${target}?`,
    `${target}#fragment`,
    `${target}?${'a=1&'.repeat(draw.between(1, 2000))}`,
    `${target}?${'['.repeat(200)}`,
    `${target};a=b`,
    target.toUpperCase(),
    target.replace('o', '%6f'),
    target.replaceAll('/', '%2f'),
    target.replaceAll('/', '\\'),
    `${target}%`,
    `${target}%zz`,
    `${target}%00`,
    `${target}%ff%fe`,
    `${target}%ed%a0%80`,
    `/..${target}`,
    `/%2e%2e/%2e%2e/etc/passwd`,
    `/graphiql/../../package.json`,
    `/graphiql/${draw.hex(8)}/page.js`,
    `/graphiql/__proto__/constructor`,
    '/__proto__',
    '*',
    '',
    '?',
    '#',
    'elsewhere.example:443',
    `/${'a/'.repeat(draw.between(1, 8000))}`,
    `/${draw.ascii(40)}`,
    `/${draw.bytes(40).replaceAll(/[\s]/g, '+')}`,
    `${ACQUIRE_PATH}/${draw.hex(32)}`,
  ]);

const malformedVersion = (draw: Draw): string =>
  draw.pick([
    'HTTP/0.9',
    'HTTP/1.0',
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/3',
    'HTTP/9.9',
    'HTTP/11',
    'HTTP/1.1.1',
    'HTTP/-1',
    'http/1.1',
    'HTTPS/1.1',
    'RTSP/1.0',
    'ICE/1.0',
    '',
    draw.ascii(12),
  ]);

/** The line as a whole: separators, line ends, and lines before it. */
function malformedLine(text: string, draw: Draw): string {
  const end = text.indexOf('\r\n');
  const [line, rest] = [text.slice(0, end), text.slice(end + 2)];
  return draw.pick([
    `${line}\n${rest}`,
    `${line}\r${rest}`,
    `\r\n\r\n${line}\r\n${rest}`,
    ` ${line}\r\n${rest}`,
    `${line} \r\n${rest}`,
    `${line.replaceAll(' ', '  ')}\r\n${rest}`,
    `${line.replaceAll(' ', '\t')}\r\n${rest}`,
    `${line.replaceAll(' ', '\0')}\r\n${rest}`,
    `${line}\r\n`,
    line,
    line.slice(0, draw.below(line.length)),
    text.replaceAll('\r\n', '\n'),
    text.slice(0, draw.below(text.length)),
  ]);
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target; // not percent-encoding
  }
}
