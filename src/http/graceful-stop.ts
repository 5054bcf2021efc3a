import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { STOP_TIMEOUT_MS } from './limits.ts';

/** How often connections that became idle after their last response are closed. */
const IDLE_CHECK_MS = 20;

export interface Stoppable {
  /** Stops accepting requests; resolves when the requests in flight are answered. */
  close(): PromiseLike<unknown>;
}

/**
 * Returns a function that stops a server: it closes all `parts` at once and resolves when every connection has ended,
 * by itself or destroyed after STOP_TIMEOUT_MS. It tracks sockets, because node:http forgets upgraded ones.
 */
export function gracefulStop(server: Server, parts: readonly Stoppable[]): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return async () => {
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const cutOff = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, STOP_TIMEOUT_MS);
    try {
      await Promise.all(parts.map(async (part) => await part.close()));
    } finally {
      clearInterval(idle);
      clearTimeout(cutOff);
    }
  };
}
