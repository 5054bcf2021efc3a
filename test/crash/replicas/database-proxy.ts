import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The network between one replica and the database. */
export interface DatabaseProxy extends AsyncDisposable {
  /** The URL of the database through the proxy. */
  readonly url: string;
  /** Ends all connections at once, and refuses new ones for this time. */
  cut(refuseMs: number): void;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let refusedUntilMs = 0;
  const join = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.pipe(to);
  };
  const server = createServer((socket) => {
    if (performance.now() < refusedUntilMs) return void socket.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    join(socket, upstream);
    join(upstream, socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const url = new URL(databaseUrl);
  url.port = String(address.port);
  const cut = (refuseMs: number): void => {
    refusedUntilMs = performance.now() + refuseMs;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      cut(0);
      await closed;
    },
  };
}
