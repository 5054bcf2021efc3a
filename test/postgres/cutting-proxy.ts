import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Between a store and its server. */
export interface CuttingProxy extends AsyncDisposable {
  /** Of the database, by way of the proxy. */
  readonly url: string;
  /**
   * Cuts the connection of the next commit: `before` the server has received it, `during` it, or `after`, so that only the
   * answer is lost. From then on it takes no connection until `restore`, if `stayAway`; or it is silent, if `silently`.
   */
  cutNextCommit(
    when: 'before' | 'during' | 'after',
    options?: { readonly stayAway?: boolean; readonly silently?: boolean },
  ): void;
  /** Forwards nothing any more, and closes nothing, as a network does that drops packets. New connections are silent, too. */
  silence(): void;
  /** The same in the place of the next message with this text. Resolves when it is silent. */
  silenceAt(text: string): Promise<void>;
  /**
   * Closes all connections in the place of the next message with this text, and takes none until `restore`. If a commit is to be
   * cut, the messages after it count.
   */
  leaveAt(text: string): void;
  /** Resolves when it has refused a connection. */
  refused(): Promise<unknown>;
  /** Takes connections again, and forwards what has arrived meanwhile; on old connections only if `oldConnections`. */
  restore(options?: { readonly oldConnections?: boolean }): void;
}

/** A TCP proxy that recognizes the message by which node-postgres commits. */
export async function cuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let cut: {
    readonly when: 'before' | 'during' | 'after';
    readonly stayAway: boolean;
    readonly silently: boolean;
  } | null = null;
  let awaited: { readonly text: string; readonly onText: () => void } | null = null;
  const events = new EventEmitter();
  let isAway = false;
  let isSilent = false;
  const silence = (): void => {
    isSilent = true;
    for (const socket of sockets) socket.pause();
  };
  const proxy = createServer((client) => {
    if (isAway) {
      client.destroy();
      events.emit('refused');
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
    if (isSilent) for (const socket of [client, server]) socket.pause();
    client.on('data', (chunk) => {
      if (awaited !== null && cut === null && chunk.includes(awaited.text)) {
        awaited.onText();
        awaited = null;
        return;
      }
      if (cut === null || !chunk.includes('commit\0')) {
        server.write(chunk);
        return;
      }
      const { when, stayAway, silently } = cut;
      const lose = (): void => void (silently ? silence() : client.destroy());
      [cut, isAway] = [null, stayAway];
      if (when === 'before') {
        lose();
      } else if (when === 'during') {
        client.removeAllListeners('close').destroy(); // the server's end stays: what it has not read yet would be lost with it
        sockets.delete(client);
        server.end(chunk);
      } else {
        server.removeAllListeners('data').on('data', (answer) => {
          if (answer.includes('COMMIT\0')) lose();
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
    cutNextCommit: (when, { stayAway = false, silently = false } = {}) => {
      cut = { when, stayAway, silently };
    },
    silence,
    silenceAt: async (text) => {
      const { promise, resolve: reached } = Promise.withResolvers<void>();
      awaited = { text, onText: () => reached(silence()) };
      await promise;
    },
    leaveAt: (text) => {
      const leave = (): void => {
        isAway = true;
        for (const socket of sockets) socket.destroy();
      };
      awaited = { text, onText: leave };
    },
    refused: () => once(events, 'refused'),
    restore: ({ oldConnections = true } = {}) => {
      [isAway, isSilent] = [false, false];
      if (oldConnections) for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
