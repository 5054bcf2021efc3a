import { once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createSocketServer, type Server, type Socket } from 'node:net';

export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Every accepted connection, in order. */
  readonly sockets: readonly Socket[];
}

/** A real HTTP server. */
export const serveHttp = (listener: RequestListener): Promise<Listening> => listen(createServer(listener));

/** The same, but it closes no idle connection: a test waits for the client to close it. */
export const serveKeptAlive = (listener: RequestListener): Promise<Listening> =>
  listen(createServer({ keepAliveTimeout: 3_600_000 }, listener));

/** A real TCP server, which need not speak HTTP. */
export const serveSockets = (onSocket: (socket: Socket) => void): Promise<Listening> =>
  listen(createSocketServer(onSocket));

/** On a free port. */
export async function listen(server: Server | HttpServer): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined); // tests assert on the client's side
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return {
    port: address.port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
