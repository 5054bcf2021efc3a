import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GRAPHQL_PATH } from './context.ts';
import type { SocketServer } from './socket-server.ts';

export interface MountedWebSocket {
  close(): Promise<void>;
}

/** Passes handshakes to the socket server, which is loaded for the first one. The HTTP server has refused all other upgrades. */
export function mountWebSocket(server: Server, parts: WebSocketParts): MountedWebSocket {
  const { loaded, load, reportError } = parts;
  let isClosed = false;
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const ignore = (): void => {};
    socket.on('error', ignore); // the client disconnects meanwhile; then the handshake ends the socket
    const sockets = await load();
    socket.off('error', ignore);
    sockets.upgrade(request, socket, head);
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isClosed) {
      socket.destroy();
      return;
    }
    upgrade(request, socket, head).catch((error: unknown) => {
      reportError(error);
      socket.destroy();
    });
  });
  return {
    close: async () => {
      isClosed = true;
      await (await loaded())?.close();
    },
  };
}

interface WebSocketParts {
  readonly load: () => Promise<SocketServer>;
  /** undefined if nothing has been loaded. */
  readonly loaded: () => Promise<SocketServer | undefined>;
  readonly reportError: (cause: unknown) => void;
}

/** True for a WebSocket upgrade that is served: a GET of HTTP/1.1 for the path of GraphQL. */
export function isWebSocketRequest({ method, httpVersion, url = '', headers }: IncomingMessage): boolean {
  const asked = (headers.upgrade ?? '').toLowerCase().split(',');
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    url.split('?', 1)[0] === GRAPHQL_PATH &&
    asked.some((protocol) => protocol.trim() === 'websocket')
  );
}
