// Opens subscriptions, and measures how long it takes until all of them have the next event. Commands come from the bench.
import { z } from 'zod';
import { SUBSCRIPTION } from '../targets.ts';
import { openSocket } from '../web-socket.ts';

const commandSchema = z.union([
  z.object({ open: z.int(), url: z.string() }),
  z.object({ change: z.object({ url: z.string(), body: z.string() }) }),
  z.object({ count: z.literal(true) }),
]);

const OPENED_TOGETHER = 100;
const events: number[] = [];
let received = 0;
let onEvent: (subscriber: number) => void = () => {};

process.on('message', (message) => {
  void obey(commandSchema.parse(message)).then((answer) => process.send?.(answer));
});

async function obey(command: z.infer<typeof commandSchema>): Promise<object> {
  if ('open' in command) {
    for (let opened = 0; opened < command.open; opened += OPENED_TOGETHER) {
      const count = Math.min(OPENED_TOGETHER, command.open - opened);
      await Promise.all(Array.from({ length: count }, () => subscribe(command.url)));
    }
    return { opened: command.open };
  }
  if ('change' in command) return { lastMs: await timeToLast(command.change) };
  return { received };
}

/** Resolves with the first event. */
function subscribe(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const subscriber = events.push(0) - 1;
    const { send } = openSocket(`${url}/graphql`, {
      protocol: 'graphql-transport-ws',
      opened: () => send('{"type":"connection_init"}'),
      failed: reject,
      received: (text) => {
        if (text.includes('"connection_ack"'))
          return send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }));
        if (!text.includes('"totalAvailable":')) return reject(new Error(text));
        received += 1;
        events[subscriber] = (events[subscriber] ?? 0) + 1;
        resolve();
        return onEvent(subscriber);
      },
    });
  });
}

async function timeToLast({ url, body }: { readonly url: string; readonly body: string }): Promise<number> {
  const waiting = new Set(events.keys());
  const done = new Promise<void>((resolve) => {
    onEvent = (subscriber) => {
      waiting.delete(subscriber);
      if (waiting.size === 0) resolve();
    };
  });
  const beganMs = performance.now();
  const headers = { 'Content-Type': 'application/json' };
  const answered = fetch(url, { method: 'POST', headers, body }).then(
    async (response) => await response.text(),
  );
  await Promise.all([done, answered]);
  return performance.now() - beganMs;
}
