import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Sent {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request of any method that node:http can write; `fetch` rejects some methods. */
export async function send(url: string, { method, headers = {}, body }: Sent): Promise<Received> {
  const bytes = Buffer.from(body ?? '');
  // node:http writes the body of a GET without a length, so that it would be parsed as another request
  const framing =
    body === undefined || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': bytes.length };
  const request = openRequest(url, { method, headers: { ...headers, ...framing }, agent: false });
  const answered = once(request, 'response');
  request.end(bytes);
  const [response]: IncomingMessage[] = await answered;
  if (response?.statusCode === undefined) throw new Error('no response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/**
 * The bytes that the service sends before it closes the connection. node:http may lose the response to a client that has
 * ended its side, so this one waits for the first byte. `hasNoEnd`: the request may get no response, and ends with the bytes.
 */
export async function sendBytes(url: string, bytes: string, { hasNoEnd = false } = {}): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(Buffer.from(bytes, 'latin1'));
  if (hasNoEnd) socket.end();
  else socket.once('data', () => socket.end());
  return await text(socket);
}

/** An error of a client is not logged, or any client could fill the log. */
export function assertNothingLogged({ logged }: { readonly logged: readonly string[] }): void {
  const lines = logged.filter((line) => !line.includes('Server listening at'));
  if (lines.length > 0) throw new Error(lines.join(''));
}
