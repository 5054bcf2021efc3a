import { connect, type Socket } from 'node:net';
import { serveSockets } from '../bee/servers.ts';

/** The way from a browser to a service, which can fail. */
export interface Cuttable extends AsyncDisposable {
  readonly url: string;
  /** Ends all connections, and each new one. */
  cut(): void;
  /** Connections stay open and new ones are accepted, but nothing comes through. */
  silence(): void;
  /** New connections work again. Those that were silent end. */
  mend(): void;
}

export async function cuttable(target: string): Promise<Cuttable> {
  let state: 'open' | 'cut' | 'silent' = 'open';
  const open = new Set<Socket>();
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  const join = (client: Socket, service: Socket): void => {
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.on('data', (data) => {
        if (state === 'open') other.write(data);
      });
    }
  };
  const server = await serveSockets((client) => {
    if (state === 'cut') client.destroy();
    else join(client, connect(Number(new URL(target).port), '127.0.0.1'));
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    cut: () => {
      state = 'cut';
      endAll();
    },
    silence: () => {
      state = 'silent';
    },
    mend: () => {
      if (state === 'silent') endAll();
      state = 'open';
    },
    [Symbol.asyncDispose]: async () => {
      endAll();
      await server[Symbol.asyncDispose]();
    },
  };
}
