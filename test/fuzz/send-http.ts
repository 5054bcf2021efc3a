import { type Dispatcher, errors } from 'undici';
import { type Exchange, MAX_EXCHANGE_MS } from './exchange.ts';
import type { HttpRequest } from './fuzz-case.ts';

/** Sends a request over one of the connections of the pool. Of an event stream, only the first event is read. */
export async function sendHttp(
  pool: Dispatcher,
  { method, path, headers, body }: HttpRequest,
): Promise<Exchange> {
  try {
    const response = await pool.request({
      method,
      path,
      headers,
      body,
      signal: AbortSignal.timeout(MAX_EXCHANGE_MS),
    });
    const type = String(response.headers['content-type'] ?? '');
    const text = type.startsWith('text/event-stream')
      ? await firstEvent(response.body)
      : await response.body.text();
    const head = JSON.stringify(response.headers);
    return { statuses: [response.statusCode], text: `${head}\n${text}`, closeCode: null, end: 'answered' };
  } catch (error) {
    return { statuses: [], text: '', closeCode: null, end: endOf(error) };
  }
}

async function firstEvent(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += String(chunk);
    const [event] = /^[^]*?\ndata:[^]*?\n\n/.exec(text) ?? [];
    if (event !== undefined) return event; // ending the loop destroys the stream
  }
  return text;
}

/** @throws the error if it is not one of the connection. */
function endOf(error: unknown): Exchange['end'] {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  if (error instanceof errors.SocketError) return 'closed';
  if (error instanceof Error && 'code' in error) {
    if (error.code === 'ECONNREFUSED') return 'refused';
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'closed';
  }
  throw error;
}
