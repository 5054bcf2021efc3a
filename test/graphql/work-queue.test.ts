import { expect, test } from 'vitest';
import { WorkQueue } from '../../src/graphql/work-queue.ts';

test('while requests arrive, fewer events start in an iteration of the event loop', async () => {
  const queue = new WorkQueue();
  const countEvents = (): number => {
    let count = 0;
    while (queue.tryStart('sharedEvent')) count += 1;
    return count;
  };
  const nextIteration = (): Promise<void> => new Promise(setImmediate);
  const idle = countEvents();
  await nextIteration();
  expect([idle, countEvents()]).toEqual([50, 50]);
  queue.tryStart('cheap');
  await nextIteration();
  expect(countEvents()).toBe(16);
  await nextIteration();
  expect(countEvents()).toBe(50);
});
