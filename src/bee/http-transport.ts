import type { Client, Pool } from 'undici';
import { type HttpAnswer, type HttpRequest, type Send, SendFailed } from './send.ts';

export interface Transport extends AsyncDisposable {
  readonly send: Send;
}

/** A list of ten thousand stamps is 3 MB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * No time limits: undici's own cut a silent POST at 300 s, and Bee cancels a purchase whose client is gone
 * (docs/bee.md#purchase). TCP keep-alive alone tells a dead peer from one that waits for a block.
 */
const PATIENT = { headersTimeout: 0, bodyTimeout: 0, maxResponseSize: MAX_BODY_BYTES };
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
    reading ??= new ReadingPool(node.origin, { ...PATIENT, connect: CONNECT });
    return await exchange(reading, request).catch((error: unknown) => failed(error, true));
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
      connect: (options, callback) =>
        connector(options, (...result) => {
          connected ||= result[0] === null;
          callback(...result);
        }),
    });
    writing.add(client);
    try {
      return await exchange(client, request).catch((error: unknown) => failed(error, connected));
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
      headers: { ...headers, ...node.authorization },
    });
    return {
      status: answer.statusCode,
      contentType: String(answer.headers['content-type'] ?? ''),
      body: await answer.body.text(),
    };
  }

  return {
    send: (request) => (request.method === 'GET' ? read(request) : write(request)),
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

function failed(error: unknown, mayHaveLeft: boolean): never {
  throw new SendFailed(words(error), { mayHaveLeft, cause: error });
}

/** A host with several addresses fails with one error for each and an empty message of its own. */
function words(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(words).join(', ');
  return error instanceof Error ? error.message : String(error);
}
