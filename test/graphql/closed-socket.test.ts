import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Authenticate } from '../../src/domain/caller.ts';
import type { Pool } from '../../src/pool/pool.ts';
import { WorkQueue } from '../../src/work-queue.ts';
import { authenticateAll } from '../open-session.ts';
import { disabledPool } from './disabled-pool.ts';
import { served } from './served.ts';

test('an operation that waited until its WebSocket was closed is not started', async () => {
  const waiting = Promise.withResolvers<void>();
  const mayStart = Promise.withResolvers<void>();
  class Busy extends WorkQueue {
    override async start(): Promise<void> {
      waiting.resolve();
      await mayStart.promise;
    }
  }
  let endSession = (_reason: string): void => {};
  const authenticate: Authenticate = async (sender) => ({
    ...(await authenticateAll(sender)),
    onEnd: (listener) => {
      endSession = listener;
      return () => {};
    },
  });
  let acquisitions = 0;
  await using disabled = await disabledPool();
  const pool: Pool = {
    ...disabled.pool,
    acquire: (...request) => {
      acquisitions += 1;
      return disabled.pool.acquire(...request);
    },
  };
  await using graphql = await served({ ...disabled, pool, authenticate, workQueue: new Busy() });
  const socket = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws');
  socket.once('open', () => socket.send('{"type":"connection_init"}'));
  await once(socket, 'message');
  const query = 'mutation { acquireStamp(input: {}) { __typename } }';
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
  await waiting.promise;
  endSession('The token was revoked.');
  mayStart.resolve();
  const [code]: unknown[] = await once(socket, 'close');
  expect([code, acquisitions]).toEqual([4401, 0]);
});

test('a WebSocket that was closed while its token was checked leaves no listener behind', async () => {
  const checking = Promise.withResolvers<void>();
  const checked = Promise.withResolvers<void>();
  const listeners = new Set<(reason: string) => void>();
  const authenticate: Authenticate = async (sender) => {
    checking.resolve();
    await checked.promise;
    return {
      ...(await authenticateAll(sender)),
      onEnd: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
  };
  await using disabled = await disabledPool();
  await using graphql = await served({ ...disabled, authenticate });
  const socket = new WebSocket(graphql.webSocketUrl, 'graphql-transport-ws');
  socket.once('open', () => socket.send('{"type":"connection_init"}'));
  await checking.promise;
  await graphql.close();
  checked.resolve();
  await setImmediate();
  expect(listeners.size).toBe(0);
  expect(graphql.reported).toEqual([]);
});
