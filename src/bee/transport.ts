import { getCACertificates } from 'node:tls';
import type { Client, Dispatcher, Pool } from 'undici';
import { messageOf } from '../domain/message-of.ts';
import { plainText } from '../domain/plain-text.ts';
import { loadUndici } from '../load-undici.ts';
import { readBody } from './read-body.ts';
import { TOO_LONG, TransportError } from './transport-error.ts';

/** HTTP to one Bee node. Closing it aborts the requests that are still open. */
export interface Transport extends AsyncDisposable {
  readonly send: Send;
}

/**
 * One HTTP exchange with the node. It has no time limit: it ends with an answer, or when the connection is dead.
 * @throws TransportError when no complete answer arrived. Any other exception is a bug.
 */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Relative to the base URL, with its query: `/stamps/1/17?label=x`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Called with each part of the body of a 200, which is then not in the answer. The next part is read after other work of
   * the process got its turn. false: the body is longer than any that Bee sends.
   */
  readonly onText?: (part: string) => boolean;
  /** Use a new connection. Purchases and top-ups always do; reads share a pool unless this is set. */
  readonly ownConnection?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** The target of a 3xx, on one bounded line, without credentials and query. Redirects are not followed. */
  readonly location?: string;
}

/** Of one that is read part by part. A list of a million stamps takes 330 MB. */
const MAX_STREAMED_BYTES = 1024 * 1024 * 1024;
/** Bee answers a purchase or a top-up with about 200 bytes. */
const MAX_OUTCOME_BYTES = 64 * 1024;
/** Enough for an error that lists all addresses of a host, or all names of a certificate. */
const MAX_ERROR_LENGTH = 500;

/**
 * undici's default timeout would end a silent POST after 300 s, and Bee cancels a purchase whose client disconnects
 * (docs/bee.md#purchase). TCP keep-alive detects a dead peer instead.
 */
const NO_TIMEOUTS = { headersTimeout: 0, bodyTimeout: 0 };
const READ_LIMITS = { ...NO_TIMEOUTS, maxResponseSize: MAX_STREAMED_BYTES };
const WRITE_LIMITS = { ...NO_TIMEOUTS, maxResponseSize: MAX_OUTCOME_BYTES };
const CONNECT = {
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  timeout: 10_000,
  rejectUnauthorized: true, // also if NODE_TLS_REJECT_UNAUTHORIZED says otherwise
};

export interface TransportOptions {
  /** Sent with each request, such as the credentials of a gateway. They do not appear in any error. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates in PEM that are trusted beside those of the system. */
  readonly certificates?: string | null;
}

/**
 * @param baseUrl of the node's API. It may have a path. A user and password are sent as basic authentication and do not
 *   appear in any error.
 * @throws RangeError if it is not an http(s) URL, or has a query or fragment.
 */
export function openTransport(
  baseUrl: string,
  { headers: ownHeaders = {}, certificates = null }: TransportOptions = {},
): Transport {
  const node = parseBaseUrl(baseUrl);
  const connect = connectOptions(certificates);
  const peer = { node, ownHeaders, secrets: secretsOf({ ...ownHeaders, ...node.authorization }) };
  let readPool: Pool | undefined;
  const writeClients = new Set<Client>();
  let closed = false;

  const loadUnlessClosed = async () => {
    const undici = await loadUndici();
    if (closed) throw new TransportError('the connection to the node is closed', { mayHaveBeenSent: false });
    return undici;
  };

  async function read(request: HttpRequest): Promise<HttpAnswer> {
    const undici = await loadUnlessClosed();
    readPool ??= new undici.Pool(node.origin, { ...READ_LIMITS, connect });
    return await exchange(readPool, request, peer).catch((error: unknown) => rethrow(error, true));
  }

  /**
   * Uses a new connection. Bee closes idle connections, and the outcome of a purchase written to a closed one would be
   * unknown. It also shows whether a connection was established: without one, nothing was sent.
   */
  async function write(request: HttpRequest): Promise<HttpAnswer> {
    const undici = await loadUnlessClosed();
    const connector = undici.buildConnector(connect);
    let connected = false;
    const client = new undici.Client(node.origin, {
      ...WRITE_LIMITS,
      connect: (options, callback) =>
        connector(options, (...result) => {
          connected ||= result[0] === null;
          callback(...result);
        }),
    });
    writeClients.add(client);
    try {
      return await exchange(client, request, peer).catch((error: unknown) => rethrow(error, connected));
    } finally {
      writeClients.delete(client);
      await client.destroy();
    }
  }

  return {
    send: (request) => (request.method === 'GET' && !request.ownConnection ? read(request) : write(request)),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await Promise.all([readPool?.destroy(), ...[...writeClients].map((client) => client.destroy())]);
    },
  };
}

/** Sends one request with the headers of the node, and reads its answer. */
async function exchange(
  dispatcher: Client | Pool,
  { method, path, headers, onText }: HttpRequest,
  { node, ownHeaders, secrets }: Peer,
): Promise<HttpAnswer> {
  const answer = await dispatcher.request({
    method,
    path: node.prefix + path,
    headers: { ...ownHeaders, ...headers, ...node.authorization, 'accept-encoding': 'identity' },
  });
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  const onPart = answer.statusCode === 200 && encoding === 'identity' ? onText : undefined;
  const body = await readBody(answer.body, secrets, onPart).catch((error: unknown) => rethrow(error, true));
  if (encoding !== 'identity') {
    const message = `the answer is encoded as "${plainText(String(encoding))}", which was not requested`;
    throw new TransportError(message, { mayHaveBeenSent: true, invalidAnswer: true });
  }
  const location = locationOf(answer, node.origin);
  return {
    status: answer.statusCode,
    contentType: String(answer.headers['content-type'] ?? ''),
    body,
    ...(location === null ? {} : { location }),
  };
}

interface Peer {
  readonly node: ReturnType<typeof parseBaseUrl>;
  readonly ownHeaders: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/** TLS with these certificates, in PEM, beside those of the system. */
export const connectOptions = (certificates: string | null) => ({
  ...CONNECT,
  ...(certificates === null ? {} : { ca: [...getCACertificates('default'), certificates] }),
});

/** A value as a whole, and what follows its scheme, such as the token of "Bearer token". The longest first. */
export const secretsOf = (headers: Readonly<Record<string, string>>): readonly string[] =>
  Object.values(headers)
    .flatMap((value) => [value, value.slice(value.lastIndexOf(' ') + 1)])
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length);

/** A shorter value is no secret, and would make holes in any text. */
const MIN_SECRET_LENGTH = 4;

export function parseBaseUrl(baseUrl: string) {
  const url = URL.parse(baseUrl);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new RangeError('the URL of a Bee node must be http:// or https://, without query or fragment');
  }
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    origin: url.origin,
    prefix: url.pathname.replace(/\/+$/, ''),
    authorization: user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  };
}

/** null if the answer is not a redirect. User and query are removed, because they may hold credentials. */
function locationOf({ statusCode, headers }: Dispatcher.ResponseData, base: string): string | null {
  if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return null;
  const url = URL.parse(String(headers.location), base);
  return url === null ? 'an invalid address' : plainText(`${url.protocol}//${url.host}${url.pathname}`);
}

/** @throws TransportError for a failure of the network; the error itself if it is a bug of this process. */
function rethrow(error: unknown, mayHaveBeenSent: boolean): never {
  if (error instanceof TransportError || isBug(error)) throw error;
  const invalid = INVALID_ANSWERS[codeOf(error)];
  const message = invalid ?? plainText(messageOf(error), MAX_ERROR_LENGTH);
  throw new TransportError(message, { mayHaveBeenSent, invalidAnswer: invalid !== undefined, cause: error });
}

/** undici's error codes for an answer that exceeds a bound. */
const INVALID_ANSWERS: Readonly<Record<string, string>> = {
  UND_ERR_RES_EXCEEDED_MAX_SIZE: TOO_LONG,
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are longer than any that Bee sends',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** A network failure never raises any of these, for any input. */
const isBug = (error: unknown): boolean =>
  !(error instanceof Error) ||
  codeOf(error) === 'UND_ERR_INVALID_ARG' ||
  [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
