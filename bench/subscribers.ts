import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { spawnPinned, stopProcess } from './pinned.ts';

/** Subscribers in a process of their own. */
export interface Subscribers extends AsyncDisposable {
  /** Resolves when `count` more have their first event. */
  open(count: number, url: string): Promise<void>;
  /** Sends a POST that changes the levels. Returns the milliseconds until the last subscriber has the event. */
  timeToLastMs(change: { readonly url: string; readonly body: string }): Promise<number>;
  /** Events since the start. */
  received(): Promise<number>;
}

export function startSubscribers(): Subscribers {
  const script = join(import.meta.dirname, 'processes/subscribers.ts');
  const child = spawnPinned('load', [process.execPath, script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the subscribers have ended')));
  ended.catch(() => {}); // the bench ends it
  const ask = async <Answer>(command: object, schema: z.ZodType<Answer>): Promise<Answer> => {
    child.send(command);
    return schema.parse((await Promise.race([once(child, 'message'), ended]))[0]);
  };
  return {
    open: async (count, url) => void (await ask({ open: count, url }, z.object({ opened: z.int() }))),
    timeToLastMs: async (change) => (await ask({ change }, z.object({ lastMs: z.number() }))).lastMs,
    received: async () => (await ask({ count: true }, z.object({ received: z.int() }))).received,
    [Symbol.asyncDispose]: async () => await stopProcess(child, 'SIGKILL'),
  };
}
