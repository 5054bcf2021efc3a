import { createClient } from 'graphql-ws';
import { z } from 'zod';

const levels = z.object({
  reserveLevels: z.object({
    totalAvailable: z.number(),
    depths: z.array(
      z.object({ depth: z.number(), target: z.number(), available: z.number(), onOrder: z.number() }),
    ),
  }),
});

type Levels = z.infer<typeof levels>['reserveLevels'];

/** Subscribes to the levels of the service over WebSocket. */
export function subscribeToLevels(url: string): LevelSubscription {
  let last: Levels | null = null;
  const waiting = new Set<(levels: Levels) => void>();
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, retryAttempts: 0 });
  client.subscribe(
    { query: 'subscription { reserveLevels { totalAvailable depths { depth target available onOrder } } }' },
    {
      next: ({ data }) => {
        const current = levels.parse(data).reserveLevels;
        last = current;
        for (const onLevels of waiting) onLevels(current);
      },
      error: () => {}, // the process was killed
      complete: () => {},
    },
  );
  return {
    until: (matches, timeoutMs) =>
      new Promise((resolve) => {
        if (last && matches(last)) return resolve(true);
        const end = (isMatched: boolean): void => {
          clearTimeout(timer);
          waiting.delete(onLevels);
          resolve(isMatched);
        };
        const onLevels = (current: Levels): void => {
          if (matches(current)) end(true);
        };
        const timer = setTimeout(() => end(false), timeoutMs);
        waiting.add(onLevels);
      }),
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve(client.dispose()).catch(() => {}); // the process was killed before the connection was open
    },
  };
}

export interface LevelSubscription extends AsyncDisposable {
  /** Resolves to true when the current or a later level matches, or to false after the timeout. */
  until(matches: (levels: Levels) => boolean, timeoutMs: number): Promise<boolean>;
}
