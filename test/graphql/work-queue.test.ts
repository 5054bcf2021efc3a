import { createClient } from 'graphql-ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { WorkQueue } from '../../src/work-queue.ts';
import { disabledPool } from './disabled-pool.ts';
import { served } from './served.ts';

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

test('an operation of a WebSocket waits with the acquisitions by its field, not by its text', async () => {
  const lanes: string[] = [];
  class Noting extends WorkQueue {
    override async start(...[lane]: Parameters<WorkQueue['start']>): Promise<void> {
      lanes.push(lane);
      await super.start(lane);
    }
  }
  await using disabled = await disabledPool();
  await using graphql = await served({ ...disabled, workQueue: new Noting() });
  const client = createClient({
    url: graphql.webSocketUrl,
    webSocketImpl: WebSocket,
    generateID: () => `acquireStamp ${lanes.length}`,
  });
  onTestFinished(async () => await client.dispose());
  const acquire = 'mutation { acquireStamp(input: {}) { __typename } }';
  for (const query of [
    acquire,
    acquire,
    '{ __typename } # acquireStamp',
    '{ __typename }',
    '{ acquireStamp(',
  ])
    await client
      .iterate({ query })
      .next()
      .catch(() => {});
  expect(lanes).toEqual(['newAcquire', 'acquire', 'other', 'other', 'other']);
});
