import type { Draw } from './draw.ts';
import type { BytesRequest } from './fuzz-case.ts';

export const ACQUIRE_PATH = '/api/v1/pool/acquire';
/** A name that the service accepts, with any port. */
export const HOST = '127.0.0.1';

export type HeaderLine = readonly [name: string, value: string];

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly version?: string;
  readonly headers: readonly HeaderLine[];
  readonly body?: string;
}

/** The text of a request, one character per byte. Nothing is checked or added. */
export const rawHttp = ({ method, target, version = 'HTTP/1.1', headers, body = '' }: RawRequest): string =>
  `${method} ${target} ${version}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;

/** A valid acquire request, to be made malformed. */
export function rawAcquire(draw: Draw, key = draw.key): RawRequest & { readonly body: string } {
  const body = draw.pick(['{"size":"small"}', '{}', '{"depth":17}']);
  return {
    method: 'POST',
    target: ACQUIRE_PATH,
    headers: [
      ['Host', HOST],
      ...authorizationLine(draw),
      ['Content-Type', 'application/json'],
      ['Idempotency-Key', key],
      ['Content-Length', String(body.length)],
    ],
    body,
  };
}

/** A valid request that only reads. */
export const rawRead = (draw: Draw): RawRequest => ({
  method: 'GET',
  target: draw.pick(['/health', '/', '/api/v1/pool/status', '/graphql?query={__typename}']),
  headers: [['Host', HOST], ...authorizationLine(draw)],
});

export const authorizationLine = ({ authorization }: Draw): readonly HeaderLine[] =>
  authorization === null ? [] : [['Authorization', authorization]];

/** A client in a hundred resets its connection instead of reading the response. */
export const sendRaw = (bytes: string, draw: Draw): BytesRequest => ({
  by: 'bytes',
  bytes,
  afterwards: draw.chance(1) ? 'reset' : 'end',
});
