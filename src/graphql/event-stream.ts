import { Readable } from 'node:stream';
import { once } from './once.ts';
import type { SharedSubscription } from './shared-subscription.ts';

/**
 * The events of a shared subscription as the body of a response, byte by byte as Yoga writes it. An event is sent when the
 * client has read the one before, and is the newest then. `unsentBytes`: what was written to the connection and is not sent.
 */
export function eventStream(subscription: SharedSubscription, unsentBytes: () => number): Readable {
  const body = new Readable({
    read: () => start(),
    destroy: (error, done) => {
      clearInterval(pings);
      void subscription.return();
      done(error);
    },
  });
  const bytesBefore = (): number => body.readableLength + unsentBytes();
  const pings = setInterval(() => {
    if (bytesBefore() === 0) body.push(PING);
  }, PING_INTERVAL_MS);
  subscription.sendWith((event) => {
    if (bytesBefore() > PING.length) return false;
    body.push(event.block);
    return true;
  });
  const start = once(() => {
    body.push(PING);
    void followEnd(subscription, body);
  });
  return body;
}

export const EVENT_STREAM = 'text/event-stream';

/** As Yoga: a proxy closes a stream on which nothing happens. */
const PING_INTERVAL_MS = 12_000;
const PING = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';

/** Starts the subscription. */
async function followEnd(subscription: SharedSubscription, body: Readable): Promise<void> {
  try {
    await subscription.next();
    if (body.destroyed) return;
    body.push(COMPLETE);
    body.push(null);
  } catch (error) {
    body.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
