import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Between a store and its server. */
export interface CuttingProxy extends AsyncDisposable {
  /** Of the database, by way of the proxy. */
  readonly url: string;
  /**
   * Cuts the connection of the next commit: `before` the server has received it, or `after`, so that only the answer is
   * lost. From then on it takes no connection until `restore`, if `stayAway`.
   */
  cutNextCommit(when: 'before' | 'after', options?: { readonly stayAway?: boolean }): void;
  restore(): void;
}

/** A TCP proxy that recognizes the message by which node-postgres commits. */
export async function cuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let cut: { readonly when: 'before' | 'after'; readonly stayAway: boolean } | null = null;
  let isAway = false;
  const proxy = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          server.destroy();
        });
    }
    client.on('data', (chunk) => {
      if (cut === null || !chunk.includes('commit\0')) {
        server.write(chunk);
        return;
      }
      const { when, stayAway } = cut;
      [cut, isAway] = [null, stayAway];
      if (when === 'before') client.destroy();
      else {
        server.removeAllListeners('data').on('data', (answer) => {
          if (answer.includes('COMMIT\0')) client.destroy();
        });
        server.write(chunk);
      }
    });
    server.on('data', (chunk) => void client.write(chunk));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(databaseUrl);
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  url.port = String(address.port);
  url.hostname = '127.0.0.1';
  return {
    url: url.href,
    cutNextCommit: (when, { stayAway = false } = {}) => {
      cut = { when, stayAway };
    },
    restore: () => {
      isAway = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
