import { deflateRawSync, gzipSync } from 'node:zlib';
import type { SimRequest, SimResponse } from './response.ts';

/** Go's server sets Content-Length only if the body fits into its first buffer. */
const MAX_COUNTED_BYTES = 2048;
const ENCODERS = { gzip: gzipSync, deflate: deflateRawSync } as const;
const DOWNLOADS = /^(\/v1)?\/(bzz|bytes|chunks|feeds|soc)/;

/** Compresses a response as Bee does: if the client accepts it, except for downloads. docs/bee.md#errors */
export function encode(request: SimRequest, { body, binary, ...response }: SimResponse): Encoded {
  const plain = Buffer.from(body, binary ? 'latin1' : 'utf8');
  const { status, headers, cutAfter } = response;
  const isDownload = request.method === 'HEAD' || (request.method === 'GET' && DOWNLOADS.test(request.path));
  if (isDownload || cutAfter !== undefined) return { ...response, bytes: plain, hasLength: true };
  const name = acceptedEncoding(request.headers?.['accept-encoding'] ?? '');
  const isEncoded = name !== undefined && plain.length > 0 && headers['content-type'] !== 'text/html';
  const bytes = isEncoded ? ENCODERS[name](plain) : plain;
  return {
    ...response,
    headers: {
      ...headers,
      vary: 'Accept-Encoding',
      ...(isEncoded && { 'content-encoding': name }),
    },
    bytes,
    hasLength: status !== 204 && bytes.length <= MAX_COUNTED_BYTES,
  };
}

/** Returns the first known encoding, and ignores weights. */
function acceptedEncoding(accepted: string): keyof typeof ENCODERS | undefined {
  const names = accepted.split(',').map((name) => name.trim());
  return names.find((name): name is keyof typeof ENCODERS => Object.hasOwn(ENCODERS, name));
}

/** A response as it is sent. */
export interface Encoded extends Omit<SimResponse, 'body' | 'binary'> {
  readonly bytes: Buffer;
  /** If false, the body is sent in chunks. */
  readonly hasLength: boolean;
}
