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

/** The bytes that the service sends before it closes the connection. */
export async function sendBytes(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(Buffer.from(bytes, 'latin1'));
  return await text(socket);
}

/** An error of a client is not logged, or any client could fill the log. */
export function assertNothingLogged({ logged }: { readonly logged: readonly string[] }): void {
  const lines = logged.filter((line) => !line.includes('Server listening at'));
  if (lines.length > 0) throw new Error(lines.join(''));
}
