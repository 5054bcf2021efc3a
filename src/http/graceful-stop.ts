import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { STOP_TIMEOUT_MS } from './limits.ts';

/** Kept-alive connections that fall idle while the last answers leave. */
const IDLE_CHECK_MS = 20;

export interface Stoppable {
  /** Stops accepting, resolves when requests in flight are answered. */
  close(): PromiseLike<unknown>;
}

/**
 * Prepares the end of a server. Calling what it returns runs all `parts` at once and resolves when every connection is
 * gone: answered and closed, or cut off after STOP_TIMEOUT_MS. Upgraded sockets count too, which node:http forgets.
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
