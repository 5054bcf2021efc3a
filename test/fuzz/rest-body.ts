import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { mutateText } from './mutate-text.ts';
import { ACQUIRE_PATH } from './raw-http.ts';

/** REST: JSON bodies, media types, idempotency keys, methods and paths. */
export const restBody: Generator = { kind: 'rest', weight: 14, generate };

function generate(draw: Draw): Generated {
  return draw.chance(70) ? acquire(draw) : otherRoute(draw);
}

function acquire(draw: Draw): Generated {
  const contentType = draw.chance(85) ? 'application/json' : draw.pick(CONTENT_TYPES);
  const body = draw.chance(20) ? mutateText(JSON.stringify(validBody(draw)), draw) : anyBody(draw);
  return {
    request: {
      by: 'http',
      method: 'POST',
      path: ACQUIRE_PATH,
      headers: {
        'content-type': contentType,
        'idempotency-key': draw.key,
        ...(draw.authorization !== null && { authorization: draw.authorization }),
      },
      body,
    },
    mayAcquire: asksForStamp(body) ? 1 : 0,
  };
}

const CONTENT_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/vnd.api+json',
  'application/xml',
  'json',
  '/',
  'a/b; c="',
];

const validBody = (draw: Draw): unknown =>
  draw.pick([
    {},
    { size: 'small' },
    { depth: 17 },
    { size: 'medium', depth: '17' },
    { size: 'small', more: [1] },
  ]);

function anyBody(draw: Draw): string | Uint8Array {
  switch (draw.below(8)) {
    case 0:
      return JSON.stringify({ size: draw.json() });
    case 1:
      return JSON.stringify({ depth: draw.json() });
    case 2:
      return `{"depth":${draw.pick(NUMBERS)}}`;
    case 3:
      return JSON.stringify(draw.json());
    case 4:
      return nested(draw);
    case 5:
      return `{"size":"small","size":${JSON.stringify(draw.json())}}`;
    case 6:
      return Buffer.from(draw.bytes(200), 'latin1');
    default:
      return `{"__proto__":{"size":"small"},"constructor":${JSON.stringify(draw.json())},"depth":"x"}`;
  }
}

const NUMBERS = [
  '-1',
  '0',
  '1e1',
  '17.5',
  '1e999',
  '-0',
  '9007199254740993',
  '255',
  '256',
  '016',
  '+17',
  '.5',
];

function nested(draw: Draw): string {
  const levels = draw.pick([10, 30, 2000, 45_000]);
  return draw.pick([
    `${'['.repeat(levels)}${']'.repeat(levels)}`,
    '{"size":'.repeat(levels).slice(0, 99_000),
    `{"size":"${'\\'.repeat(levels)}`,
    `[${'1,'.repeat(levels)}1]`,
    `{"depth":${'9'.repeat(levels)}}`,
    `{"size":"small"${'}'.repeat(levels)}`,
  ]);
}

/** False if no reading of the body is a valid acquire request. */
function asksForStamp(body: string | Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const { size = null, depth = null }: { size?: unknown; depth?: unknown } = value;
    const hasSize = size === null || (typeof size === 'string' && SIZES.has(size));
    return hasSize && (depth === null || mayBeDepth(depth));
  } catch {
    return false; // not JSON
  }
}

/** An integer, or text or a boolean that stands for one. */
const mayBeDepth = (depth: unknown): boolean =>
  typeof depth === 'boolean' || typeof depth === 'number' || (typeof depth === 'string' && /\d/.test(depth));

const SIZES: ReadonlySet<string> = new Set(['small', 'medium', 'large']);

/** Every other route, and paths that are none. Only one in ten POSTs asks for a maintenance run. */
function otherRoute(draw: Draw): Generated {
  const method = draw.pick(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST']);
  const path =
    method === 'POST' && draw.chance(90)
      ? draw.pick(['/health', '/livez', '/readyz', '/metrics', '/', '/nowhere'])
      : draw.pick(PATHS);
  const hasBody = !['GET', 'HEAD'].includes(method) && draw.chance(50);
  return {
    request: {
      by: 'http',
      method,
      path: draw.chance(30) ? `${path}?${encodeURI(draw.ascii(30)).replaceAll('#', '')}` : path,
      headers: {
        ...(draw.authorization !== null && { authorization: draw.authorization }),
        ...(hasBody && { 'content-type': draw.pick(['application/json', ...CONTENT_TYPES]) }),
      },
      body: hasBody ? JSON.stringify(draw.json()) : null,
    },
    // The key is not sent: a POST to the path of acquire without a JSON object is never valid.
    mayAcquire: 0,
  };
}

const PATHS = [
  '/',
  '/health',
  '/livez',
  '/readyz',
  '/metrics',
  '/graphql',
  '/graphiql',
  '/graphiql/x/page.js',
  '/api/v1/pool/status',
  '/api/v1/pool/available',
  '/api/v1/pool/check',
  '/api/v1/openapi.json',
  '/api/v1/pool',
  '/api/v1/pool/release',
  '/.env',
  '/package.json',
  '/node_modules/fastify/package.json',
];
