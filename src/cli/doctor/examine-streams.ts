import { describeFailure } from '../api/api-error.ts';
import { LEVELS_DOCUMENT } from '../api/live-levels.ts';
import type { ServiceAddress } from '../api/service-address.ts';
import { createWebSocketClient } from '../api/web-socket.ts';
import { fine, found, type Result } from './result.ts';

/** The service sends the current levels at once, over both transports. */
const TIMEOUT_MS = 5000;

/** Whether live levels pass through the proxies between here and the service. */
export const examineStreams = async (address: ServiceAddress): Promise<readonly Result[]> =>
  await Promise.all([examineEvents(address, TIMEOUT_MS), examineWebSocket(address, TIMEOUT_MS)]);

export async function examineEvents({ url, token }: ServiceAddress, timeoutMs: number): Promise<Result> {
  const seen = { type: '', status: 0 };
  try {
    const response = await fetch(new URL('graphql', url), {
      method: 'POST',
      body: JSON.stringify({ query: LEVELS_DOCUMENT }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream',
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    seen.status = response.status;
    seen.type = response.headers.get('content-type') ?? 'none';
    if (response.status === 200 && /^text\/event-stream\b/i.test(seen.type) && (await hasEvent(response)))
      return fine('proxies', 'SSE', 'Server-sent events arrive at once.');
  } catch (error) {
    const isSilent = error instanceof Error && error.name === 'TimeoutError';
    return isSilent ? buffered(timeoutMs) : eventsFailed(describeFailure(error));
  }
  return eventsFailed(`the response has the status ${seen.status} and the type ${seen.type}`);
}

/** Long before this many bytes the first event has arrived. */
const MAX_BYTES = 1_000_000;

async function hasEvent({ body }: Response): Promise<boolean> {
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    if (/^data:.*"reserveLevels"/m.test(text)) return true; // leaving the loop closes the stream
    if (text.length > MAX_BYTES) return false;
  }
  return false;
}

const buffered = (timeoutMs: number): Result =>
  found('proxies', {
    severity: 'error',
    code: 'SSE_BUFFERED',
    message: `No server-sent event arrived within ${timeoutMs / 1000} s. A proxy between here and the service buffers the response.`,
    suggestion:
      'Switch buffering off in the proxy, or let it respect X-Accel-Buffering: no (nginx does by default). See docs/proxies.md.',
  });

const eventsFailed = (reason: string): Result =>
  found('proxies', {
    severity: 'error',
    code: 'SSE_FAILED',
    message: `Server-sent events do not work: ${reason}.`,
    suggestion:
      'Check that the proxy passes on POST /graphql with its Accept header and the response as it is (docs/proxies.md).',
  });

export async function examineWebSocket(address: ServiceAddress, timeoutMs: number): Promise<Result> {
  let failure = `no levels arrived within ${timeoutMs / 1000} s`;
  const outcome = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => outcome.resolve(false), timeoutMs);
  const client = createWebSocketClient(address, {
    retryAttempts: 0,
    onFailure: (reason) => {
      failure = reason;
    },
  });
  client.subscribe(
    { query: LEVELS_DOCUMENT },
    {
      next: ({ errors }) => outcome.resolve(errors === undefined),
      error: () => outcome.resolve(false),
      complete: () => {},
    },
  );
  const works = await outcome.promise;
  clearTimeout(timer);
  await client.dispose();
  return works
    ? fine('proxies', 'WEBSOCKET', 'A WebSocket opens, and levels arrive.')
    : webSocketFailed(failure);
}

const webSocketFailed = (reason: string): Result =>
  found('proxies', {
    severity: 'error',
    code: 'WEBSOCKET_FAILED',
    message: `WebSockets do not work: ${reason}.`,
    suggestion:
      'Let the proxy pass on the headers Upgrade and Connection, over HTTP/1.1, and leave Host as it is. See docs/proxies.md.',
  });
