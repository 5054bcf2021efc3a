import { expect, test } from 'vitest';
import { FailureCounts } from '../../src/bee/failure-counts.ts';
import { createBee } from '../../src/bee/http-bee.ts';
import { TransportError } from '../../src/bee/transport-error.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { batchId, NODE, orderId } from '../builders.ts';
import { ManualClock } from './manual-clock.ts';

test('failures are counted by endpoint: one of each observation, and those of purchases and top-ups', async () => {
  const cause = new Error('reset by the peer');
  await using bee = createBee({
    node: NODE,
    send: () => Promise.reject(new TransportError('no answer', { mayHaveBeenSent: true, cause })),
    clock: new ManualClock(),
    observeTimeoutMs: 20_000,
  });
  const counted = () => [...bee.failures].filter(([, count]) => count > 0);
  expect(counted()).toEqual([]);
  await bee.observe([]);
  const [first, ...others] = counted();
  expect([first?.[1], others]).toEqual([1, []]);
  await bee.observe([]);
  await bee.buy({ amount: plur(1n), depth: depth(17), immutable: true, orderId: orderId(1) });
  await bee.topUp({ batchId: batchId(1), amount: plur(1n) });
  await bee.topUp({ batchId: batchId(1), amount: plur(1n) });
  expect(new Map(counted())).toEqual(
    new Map<string, number>([
      [first?.[0] ?? '', 2],
      ['purchase', 1],
      ['topup', 2],
    ]),
  );
  expect(new TransportError('no answer', { mayHaveBeenSent: true, cause }).cause).toBe(cause);
});

test('a failed read counts for the first part of its path, if that is an endpoint of Bee', () => {
  const failures = new FailureCounts();
  for (const path of ['/stamps', '/stamps', `/batches/${batchId(1)}`, '/health', '/elsewhere', '/'])
    failures.addRead(path);
  expect([...failures.counts].filter(([, count]) => count > 0)).toEqual([
    ['batches', 1],
    ['health', 1],
    ['stamps', 2],
  ]);
});

test('a purchase that Bee claims is no failure, and neither is such a top-up', async () => {
  const answer = (status: number) => ({
    status,
    contentType: 'application/json',
    body: JSON.stringify({ batchID: batchId(1), txHash: `0x${'77'.repeat(32)}` }),
  });
  await using bee = createBee({
    node: NODE,
    send: async ({ method }) => answer(method === 'POST' ? 201 : 202),
    clock: new ManualClock(),
    observeTimeoutMs: 20_000,
  });
  const bought = await bee.buy({ amount: plur(1n), depth: depth(17), immutable: true, orderId: orderId(1) });
  const toppedUp = await bee.topUp({ batchId: batchId(1), amount: plur(1n) });
  expect([bought.is, toppedUp.is]).toEqual(['bought', 'toppedUp']);
  expect([...bee.failures].filter(([, count]) => count > 0)).toEqual([]);
});
