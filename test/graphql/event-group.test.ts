import type { ExecutionResult } from 'graphql';
import { expect, onTestFinished, test, vi } from 'vitest';
import { EventGroup } from '../../src/graphql/event-group.ts';
import { WorkQueue } from '../../src/work-queue.ts';

/** A group whose source counts from 0. Its clock stands still. */
async function startGroup() {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const wanted: PromiseWithResolvers<IteratorResult<ExecutionResult>>[] = [];
  let count = 0;
  const take = (): PromiseWithResolvers<IteratorResult<ExecutionResult>> => {
    const next = wanted.shift();
    if (!next) throw new Error('nothing waits for an event');
    return next;
  };
  const source: AsyncIterableIterator<ExecutionResult> = {
    next: () => {
      const next = Promise.withResolvers<IteratorResult<ExecutionResult>>();
      wanted.push(next);
      if (count === 0) take().resolve({ done: false, value: { data: { count: count++ } } });
      return next.promise;
    },
    [Symbol.asyncIterator]: () => source,
  };
  const group = await EventGroup.open(source, { workQueue: new WorkQueue(), close: () => {} });
  const passMs = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    for (let n = 0; n < 100; n += 1) await new Promise(setImmediate);
  };
  return {
    passMs,
    /** The next event of the source. */
    emit: async () => {
      take().resolve({ done: false, value: { data: { count: count++ } } });
      await passMs(0);
    },
    fail: (error: Error) => take().reject(error),
    /** A subscriber with what it was sent. It takes nothing while `isReading` is false. */
    join: (id: string, isReading = true) => {
      const subscription = group.join(() => {});
      const client = { isReading, got: new Array<string>(), ended: new Array<Promise<unknown>>() };
      subscription.sendWith((event) => {
        if (client.isReading) client.got.push(event.frameFor(id).subarray(2).toString());
        return client.isReading;
      });
      client.ended.push(subscription.next());
      return client;
    },
  };
}

const message = (id: string, count: number): string =>
  `{"id":"${id}","type":"next","payload":{"data":{"count":${count}}}}`;

test('a subscriber that does not read gets the newest event when it reads again, and delays no other', async () => {
  const { join, emit, passMs } = await startGroup();
  const [fast, slow] = [join('a'), join('b')];
  slow.isReading = false;
  await emit();
  await passMs(60);
  await emit();
  await passMs(60);
  expect(fast.got).toEqual([message('a', 0), message('a', 1), message('a', 2)]);
  slow.isReading = true;
  await passMs(60);
  expect([slow.got, fast.got.length]).toEqual([[message('b', 0), message('b', 2)], 3]);
});

test('a subscriber that could not take the first event when it joined gets it later, without a change', async () => {
  const { join, passMs } = await startGroup();
  const client = join('a', false);
  await passMs(60);
  client.isReading = true;
  await passMs(60);
  expect(client.got).toEqual([message('a', 0)]);
});

test('at most one event in 50 ms, the newest; with 1,000 subscribers one in 300 ms', async () => {
  const { join, emit, passMs } = await startGroup();
  const client = join('a');
  for (let n = 0; n < 30; n += 1) {
    await emit();
    await passMs(5);
  }
  expect(client.got.length).toBeLessThanOrEqual(5);
  await passMs(60);
  expect(client.got.at(-1)).toBe(message('a', 30));
  const others = Array.from({ length: 999 }, () => join('b'));
  await passMs(300);
  const before = client.got.length;
  for (let n = 0; n < 30; n += 1) {
    await emit();
    await passMs(20);
  }
  expect(client.got.length - before).toBeLessThanOrEqual(3);
  await passMs(300);
  expect(new Set([client, ...others].map(({ got }) => got.at(-1)))).toEqual(
    new Set([message('a', 60), message('b', 60)]),
  );
});

test('an error of the source reaches every subscriber', async () => {
  const { join, fail } = await startGroup();
  const all = [join('a'), join('b')];
  fail(new Error('no levels'));
  for (const { ended } of all) await expect(Promise.all(ended)).rejects.toThrowError('no levels');
});
