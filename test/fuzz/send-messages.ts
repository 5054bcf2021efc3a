import { WebSocket } from 'ws';
import { type Exchange, MAX_EXCHANGE_MS, type Route } from './exchange.ts';
import type { MessagesRequest } from './fuzz-case.ts';

/** Sends the messages, pings and a close frame. The service answers the close frame after what came before it. */
export function sendMessages(
  { port, localAddress }: Route,
  { protocols, messages, pings, awaits, closeCode }: MessagesRequest,
): Promise<Exchange> {
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, [...protocols], { localAddress });
  const received: string[] = [];
  const statuses: number[] = [];
  let end: Exchange['end'] = 'closed';
  const timer = setTimeout(() => {
    end = 'timeout';
    socket.terminate();
  }, MAX_EXCHANGE_MS);
  socket.on('unexpected-response', (request, response) => {
    statuses.push(response.statusCode ?? 0);
    end = 'answered';
    request.destroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') end = 'refused';
  });
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    received.push(text);
    if (awaits !== null && isEndOf(awaits, text)) socket.close(closeCode);
  });
  socket.on('open', () => {
    statuses.push(101);
    end = 'answered';
    for (const message of messages) socket.send(message);
    for (let count = 0; count < pings; count += 1) socket.ping();
    if (awaits === null) socket.close(closeCode);
  });
  socket.once('close', (code, reason) => {
    clearTimeout(timer);
    resolve({ statuses, text: [...received, reason.toString()].join('\n'), closeCode: code, end });
  });
  return promise;
}

function isEndOf(operation: string, text: string): boolean {
  const { id, type }: { id?: unknown; type?: unknown } = JSON.parse(text);
  return id === operation && (type === 'complete' || type === 'error');
}
