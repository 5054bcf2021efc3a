import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import { TransportError } from '../../src/bee/transport-error.ts';
import { UnabortableReads } from '../../src/bee/unabortable-reads.ts';
import { ManualClock } from './manual-clock.ts';

const ANSWER: HttpAnswer = { status: 200, contentType: '', body: '{}' };
const NEVER = new Promise<never>(() => {});
const NOW = Promise.resolve();
const MINUTE = 60_000;
const NOT_REPEATED = 'the request is still open and is not repeated until it ends';

/** Reads whose answers the test gives. */
function readsOf() {
  const clock = new ManualClock();
  const sent: (HttpRequest & PromiseWithResolvers<HttpAnswer>)[] = [];
  const reads = new UnabortableReads((request) => {
    const answer = Promise.withResolvers<HttpAnswer>();
    sent.push({ ...request, ...answer });
    return answer.promise;
  }, clock);
  return { clock, reads, sent };
}

describe('a read', () => {
  test('is a GET with its options, and ends with its answer', async () => {
    const { reads, sent } = readsOf();
    const read = reads.read('/stamps', NEVER, { ownConnection: true });
    expect(sent).toMatchObject([{ method: 'GET', path: '/stamps', headers: {}, ownConnection: true }]);
    sent[0]?.resolve(ANSWER);
    expect(await read).toEqual({ is: 'answered', answer: ANSWER });
  });

  test('that fails has a reason, and whether an answer arrived that Bee never sends', async () => {
    for (const invalidAnswer of [true, false]) {
      const { reads, sent } = readsOf();
      const read = reads.read('/stamps', NEVER);
      sent[0]?.reject(new TransportError('reset', { mayHaveBeenSent: true, invalidAnswer }));
      expect(await read).toEqual({ is: 'unanswered', reason: 'reset', invalidAnswer });
    }
  });

  test('that fails by a bug rejects, and the path can be read again', async () => {
    const { reads, sent } = readsOf();
    const bug = new TypeError('a bug');
    const read = reads.read('/stamps', NEVER);
    sent[0]?.reject(bug);
    await expect(read).rejects.toBe(bug);
    void reads.read('/stamps', NEVER);
    expect(sent).toHaveLength(2);
  });

  test('is waited for until the deadline, and not repeated while it is open, for a quarter of an hour', async () => {
    const { clock, reads, sent } = readsOf();
    const deadline = Promise.withResolvers<void>();
    const read = reads.read('/stamps', deadline.promise);
    clock.pass(1_500);
    deadline.resolve();
    expect(await read).toEqual({
      is: 'unanswered',
      reason: 'no answer for 2 s when the time for the observation was over; the request stays open',
    });
    clock.pass(15 * MINUTE - 1_501);
    expect(await reads.read('/stamps', NEVER)).toEqual({
      is: 'unanswered',
      reason: `no answer for 900 s; ${NOT_REPEATED}`,
    });
    void reads.read('/health', NEVER);
    expect(sent.map(({ path }) => path)).toEqual(['/stamps', '/health']);
    clock.pass(1);
    void reads.read('/stamps', NEVER);
    expect(sent.map(({ path }) => path)).toEqual(['/stamps', '/health', '/stamps']);
  });

  test('that was lost does not end the one that took its place', async () => {
    const { clock, reads, sent } = readsOf();
    const lost = reads.read('/stamps', NEVER);
    clock.pass(15 * MINUTE);
    const second = reads.read('/stamps', NEVER);
    sent[0]?.resolve(ANSWER);
    await lost;
    expect(await reads.read('/stamps', NOW)).toMatchObject({ reason: expect.stringContaining(NOT_REPEATED) });
    sent[1]?.resolve(ANSWER);
    await second;
    void reads.read('/stamps', NEVER);
    expect(sent).toHaveLength(3);
  });
});

test('the reads are settled when each of them has ended, whatever it ended with', async () => {
  const { reads, sent } = readsOf();
  await reads.settled();
  const ended = [reads.read('/stamps', NEVER), reads.read('/health', NEVER)].map((read) =>
    read.catch(String),
  );
  const events: string[] = [];
  const settled = reads.settled().then(() => events.push('settled'));
  sent[0]?.reject(new TypeError('a bug'));
  await ended[0];
  await new Promise(setImmediate);
  events.push('the last one ends');
  sent[1]?.resolve(ANSWER);
  await settled;
  expect(events).toEqual(['the last one ends', 'settled']);
});
