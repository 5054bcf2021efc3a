import { createClient } from 'graphql-ws';
import { z } from 'zod';

/** A subscriber to the levels that moves to another replica when it loses its connection. */
export interface LevelFollower extends AsyncDisposable {
  /** By depth, what it was sent last. */
  readonly available: () => ReadonlyMap<number, number>;
  readonly connections: () => number;
}

const levels = z.object({
  reserveLevels: z.object({ depths: z.array(z.object({ depth: z.number(), available: z.number() })) }),
});

/** `token`: if the service needs one. */
export function followLevels(getUrl: () => Promise<string>, token?: string): LevelFollower {
  let last: ReadonlyMap<number, number> = new Map();
  let connections = 0;
  let isOver = false;
  const client = createClient({
    url: async () => `${(await getUrl()).replace('http', 'ws')}/graphql`,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
    retryAttempts: Number.MAX_SAFE_INTEGER,
    shouldRetry: () => !isOver,
    retryWait: async () => await new Promise((resolve) => setTimeout(resolve, 50)),
    on: { connected: () => (connections += 1) },
    keepAlive: 2_000, // a replica that is stopped answers no ping
  });
  client.on('ping', (received) => {
    if (!received) pongDue = setTimeout(() => client.terminate(), 3_000);
  });
  let pongDue: NodeJS.Timeout | undefined;
  client.on('pong', (received) => {
    if (received) clearTimeout(pongDue);
  });
  client.on('closed', () => clearTimeout(pongDue));
  client.subscribe(
    { query: 'subscription { reserveLevels { depths { depth available } } }' },
    {
      next: ({ data }) => {
        const { depths } = levels.parse(data).reserveLevels;
        last = new Map(depths.map(({ depth, available }) => [depth, available]));
      },
      error: () => {},
      complete: () => {},
    },
  );
  return {
    available: () => last,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      clearTimeout(pongDue);
      void Promise.resolve(client.dispose()).catch(() => {}); // it may still wait for a connection
    },
  };
}
