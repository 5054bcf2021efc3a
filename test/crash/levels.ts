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

/** A subscriber to one run of the service, over WebSocket. */
export interface LevelsWatch extends AsyncDisposable {
  /** Resolves to whether levels that fit came within the time; also when they are there already. */
  until(fits: (levels: Levels) => boolean, withinMs: number): Promise<boolean>;
}

export function watchLevels(url: string): LevelsWatch {
  let last: Levels | null = null;
  const waiting = new Set<(levels: Levels) => void>();
  const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, retryAttempts: 0 });
  client.subscribe(
    { query: 'subscription { reserveLevels { totalAvailable depths { depth target available onOrder } } }' },
    {
      next: ({ data }) => {
        const heard = levels.parse(data).reserveLevels;
        last = heard;
        for (const tell of waiting) tell(heard);
      },
      error: () => {}, // the process it listened to was killed
      complete: () => {},
    },
  );
  return {
    until: (fits, withinMs) =>
      new Promise((resolve) => {
        if (last && fits(last)) return resolve(true);
        const end = (answer: boolean): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(answer);
        };
        const look = (heard: Levels): void => {
          if (fits(heard)) end(true);
        };
        const timer = setTimeout(() => end(false), withinMs);
        waiting.add(look);
      }),
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve(client.dispose()).catch(() => {}); // it was killed before the connection was there
    },
  };
}
