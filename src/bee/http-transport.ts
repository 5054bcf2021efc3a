import type { Client, Dispatcher, Pool } from 'undici';
import { plainText } from './outside-text.ts';
import { type HttpAnswer, type HttpRequest, type Send, SendFailed } from './send.ts';

export interface Transport extends AsyncDisposable {
  readonly send: Send;
}

/** A list of ten thousand stamps is 3 MB. Counted as it arrives: what is beyond it is neither kept nor waited for. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Bee answers a purchase or a top-up with some 200 bytes. */
const MAX_OUTCOME_BYTES = 64 * 1024;
/** An error that lists the addresses of a host, or the names in a certificate. */
const MAX_FAILURE_LENGTH = 500;

/**
 * No time limits: undici's own cut a silent POST at 300 s, and Bee cancels a purchase whose client is gone
 * (docs/bee.md#purchase). TCP keep-alive alone tells a dead peer from one that waits for a block.
 */
const PATIENT = { headersTimeout: 0, bodyTimeout: 0 };
const CONNECT = { keepAlive: true, keepAliveInitialDelay: 60_000, timeout: 10_000 };

/**
 * @param baseUrl of the node's API; may have a path, and a user with password, which then go along as basic
 *   authentication and appear in no error.
 * @throws RangeError when it is not an http(s) URL, or has a query or fragment.
 */
export function openTransport(baseUrl: string): Transport {
  const node = parseBaseUrl(baseUrl);
  let reading: Pool | undefined;
  const writing = new Set<Client>();
  let closed = false;

  const load = async () => {
    const undici = await import('undici'); // 75 ms that no start has to wait for
    if (closed) throw new SendFailed('the connection to the node has been closed', { mayHaveLeft: false });
    return undici;
  };

  async function read(request: HttpRequest): Promise<HttpAnswer> {
    const { Pool: ReadingPool } = await load();
    reading ??= new ReadingPool(node.origin, {
      ...PATIENT,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: CONNECT,
    });
    return await exchange(reading, request).catch((error: unknown) => failedOrBug(error, true));
  }

  /**
   * On a connection of its own: Bee closes idle ones, and a request written to a stale one is a purchase of unknown
   * outcome. It also makes certain that a request without connection was never sent.
   */
  async function write(request: HttpRequest): Promise<HttpAnswer> {
    const { Client: WritingClient, buildConnector } = await load();
    const connector = buildConnector(CONNECT);
    let connected = false;
    const client = new WritingClient(node.origin, {
      ...PATIENT,
      maxResponseSize: MAX_OUTCOME_BYTES,
      connect: (options, callback) =>
        connector(options, (...result) => {
          connected ||= result[0] === null;
          callback(...result);
        }),
    });
    writing.add(client);
    try {
      return await exchange(client, request).catch((error: unknown) => failedOrBug(error, connected));
    } finally {
      writing.delete(client);
      await client.destroy();
    }
  }

  async function exchange(
    through: Client | Pool,
    { method, path, headers }: HttpRequest,
  ): Promise<HttpAnswer> {
    const answer = await through.request({
      method,
      path: node.prefix + path,
      headers: { ...headers, ...node.authorization, 'accept-encoding': 'identity' },
    });
    const body = await answer.body.text().catch((error: unknown) => failed(error, true));
    const coding = answer.headers['content-encoding'] ?? 'identity';
    if (coding !== 'identity') {
      const message = `the answer is encoded as "${plainText(String(coding))}", which was not asked for`;
      throw new SendFailed(message, { mayHaveLeft: true, answered: true });
    }
    const location = locationOf(answer, node.origin);
    return {
      status: answer.statusCode,
      contentType: String(answer.headers['content-type'] ?? ''),
      body: withoutCredentials(body),
      ...(location === null ? {} : { location }),
    };
  }

  /** A page of a proxy may repeat the request, and the first characters of it are shown to clients. */
  const withoutCredentials = (text: string): string =>
    node.authorization.authorization ? text.replaceAll(node.authorization.authorization, '[secret]') : text;

  return {
    send: (request) => (request.method === 'GET' && !request.apart ? read(request) : write(request)),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await Promise.all([reading?.destroy(), ...[...writing].map((client) => client.destroy())]);
    },
  };
}

function parseBaseUrl(baseUrl: string) {
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

/** null when it does not redirect. Without user and query, where credentials may be. */
function locationOf({ statusCode, headers }: Dispatcher.ResponseData, base: string): string | null {
  if (statusCode < 300 || statusCode > 399 || headers.location === undefined) return null;
  const url = URL.parse(String(headers.location), base);
  return url === null ? 'an invalid address' : plainText(`${url.protocol}//${url.host}${url.pathname}`);
}

function failed(error: unknown, mayHaveLeft: boolean): never {
  if (error instanceof SendFailed) throw error;
  const invalid = INVALID_ANSWERS[codeOf(error)];
  const message = invalid ?? plainText(words(error), MAX_FAILURE_LENGTH);
  throw new SendFailed(message, { mayHaveLeft, answered: invalid !== undefined, cause: error });
}

function failedOrBug(error: unknown, mayHaveLeft: boolean): never {
  if (isBug(error)) throw error;
  return failed(error, mayHaveLeft);
}

/** What undici says of an answer that is none of Bee's. */
const INVALID_ANSWERS: Readonly<Record<string, string>> = {
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is longer than any of Bee’s',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are longer than any of Bee’s',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** Ours: a network that fails, whatever it answers, raises none of these. */
const isBug = (error: unknown): boolean =>
  !(error instanceof Error) ||
  codeOf(error) === 'UND_ERR_INVALID_ARG' ||
  [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);

/** A host with several addresses fails with one error for each and an empty message of its own. */
function words(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(words).join(', ');
  return error instanceof Error ? error.message : String(error);
}
