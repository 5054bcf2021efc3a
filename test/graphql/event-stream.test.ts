import { expect, onTestFinished, test, vi } from 'vitest';
import { eventStream } from '../../src/graphql/event-stream.ts';
import { SharedEvent } from '../../src/graphql/shared-event.ts';
import { SharedSubscription } from '../../src/graphql/shared-subscription.ts';

const eventOf = (n: number): SharedEvent => new SharedEvent({ data: { n } });
const textOf = (n: number): string => `event: next\ndata: {"data":{"n":${n}}}\n\n`;

/** A stream that has begun, its subscription, and what has happened to that. */
function aStream() {
  const happened: string[] = [];
  const events = new SharedSubscription({
    started: () => void happened.push('started'),
    left: () => void happened.push('left'),
  });
  const connection = { unsentBytes: 0 };
  const body = eventStream(events, () => connection.unsentBytes);
  const read = (): string | null => {
    const chunk: unknown = body.read();
    return Buffer.isBuffer(chunk) ? chunk.toString() : null;
  };
  expect(read()).toBe(':\n\n');
  return { events, body, read, connection, happened };
}

test('an event is sent after the one before it was read, and an older one is not kept', () => {
  const { events, read, connection } = aStream();
  expect(events.offer(eventOf(1))).toBe(true);
  expect(events.offer(eventOf(2))).toBe(false);
  expect(read()).toBe(textOf(1));
  connection.unsentBytes = 100;
  expect(events.offer(eventOf(3))).toBe(false);
  connection.unsentBytes = 0;
  expect(events.offer(eventOf(4))).toBe(true);
  expect(read()).toBe(textOf(4));
});

test('a stream on which nothing happens gets a comment every 12 seconds, if its client reads', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { read, connection, body } = aStream();
  vi.advanceTimersByTime(11_999);
  expect(read()).toBe(null);
  vi.advanceTimersByTime(1);
  expect(read()).toBe(':\n\n');
  connection.unsentBytes = 1;
  vi.advanceTimersByTime(12_000);
  expect(read()).toBe(null);
  body.destroy();
  expect(vi.getTimerCount()).toBe(0);
});

test('the subscription ends with the stream', async () => {
  const { events, body, happened } = aStream();
  body.destroy();
  await new Promise((resolve) => body.once('close', resolve));
  expect(await events.next()).toEqual({ done: true, value: undefined });
  expect(happened).toEqual(['started', 'left']);
});

test('the stream is complete when the subscription ends, and destroyed when it fails', async () => {
  const { events, body } = aStream();
  events.end();
  let rest = '';
  for await (const chunk of body) rest += String(chunk);
  expect(rest).toBe('event: complete\ndata:\n\n');
  const failing = aStream();
  const failed = new Promise((resolve) => failing.body.once('error', resolve));
  failing.events.fail(new TypeError('a mistake'));
  expect(await failed).toEqual(new TypeError('a mistake'));
});
