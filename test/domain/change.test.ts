import { expect, test } from 'vitest';
import { applyToOrder } from '../../src/domain/apply-change.ts';
import {
  batchIdOf,
  type Change,
  isAllocation,
  isNodeChange,
  isOrderChange,
  isStampChange,
  lineOfChange,
  orderIdOf,
} from '../../src/domain/change.ts';
import { newOrderRecord } from '../../src/domain/order.ts';
import {
  ADDRESS,
  anOrder,
  aPropagatingStamp,
  aStamp,
  aTopUp,
  batchId,
  hours,
  NODE,
  orderId,
  T0,
} from '../builders.ts';

const id = orderId(1);
const answer = { id, batchId: batchId(9), atBlock: 5 };
const ended = { id, cause: 'why' };
const bought = aPropagatingStamp({ orderId: id });
const expiry = { batchId: batchId(1), expiresAt: hours(1) };

const fields = { orderId: id, batchId: batchId(9) };

test.each<[Change, string, Record<string, unknown>, string]>([
  [
    { change: 'orderAnswered', ...answer, txHash: '0x1' },
    'answered',
    { ...fields, txHash: '0x1' },
    `Bee answered order ${id}: batch ${batchId(9)}, transaction 0x1; the order is confirmed when the node shows it`,
  ],
  [
    { change: 'orderAnswered', ...answer, txHash: null },
    'answered',
    { ...fields, txHash: null },
    `Bee answered order ${id}: batch ${batchId(9)}; the order is confirmed when the node shows it`,
  ],
  [
    { change: 'orderConfirmed', ...answer, txHash: '0x1' },
    'confirmed',
    { ...fields, txHash: '0x1' },
    `order ${id} is confirmed by transaction 0x1: batch ${batchId(9)}`,
  ],
  [
    { change: 'orderConfirmed', ...answer, txHash: null },
    'confirmed',
    { ...fields, txHash: null },
    `order ${id} is confirmed by what the node shows: batch ${batchId(9)}`,
  ],
  [
    { change: 'orderRejected', ...ended, refusal: 'BUSY' },
    'rejected',
    { orderId: id, reason: 'why' },
    `order ${id} is rejected: why`,
  ],
  [
    { change: 'orderUnknown', ...ended },
    'unknown',
    { orderId: id, reason: 'why' },
    `order ${id} is unknown: why`,
  ],
  [
    { change: 'orderAbandoned', ...ended, atBlock: 5 },
    'abandoned',
    { orderId: id, reason: 'why' },
    `order ${id} is abandoned: why`,
  ],
  [
    { change: 'orderNotSent', ...ended },
    'abandoned',
    { orderId: id, reason: 'why' },
    `order ${id} is abandoned: why`,
  ],
  [
    { change: 'stampAvailable', ...expiry, ttlAtCreationSeconds: 1 },
    'available',
    expiry,
    `batch ${batchId(1)} is available, and expires at 2026-03-01T13:00:00.000Z`,
  ],
  [
    { change: 'transactionsSuperseded', node: NODE, hashes: ['0x1', '0x2'] },
    'transactionsSuperseded',
    { node: NODE },
    'no longer waiting for 0x1, 0x2: another transaction with the same nonce was mined',
  ],
  [
    { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null },
    'nodePinned',
    { node: NODE },
    `node bee is recorded: its stock belongs to ${ADDRESS}`,
  ],
  [
    { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: 100 },
    'nodePinned',
    { node: NODE },
    `node bee is recorded: its stock belongs to ${ADDRESS} on chain 100`,
  ],
  [
    { change: 'nodeChanged', node: NODE, other: ADDRESS, otherChainId: 5 },
    'nodeChanged',
    { node: NODE },
    `node bee has another node in its place: ${ADDRESS} on chain 5; its stamps are withheld`,
  ],
  [
    { change: 'nodeChanged', node: NODE, other: ADDRESS, otherChainId: null },
    'nodeChanged',
    { node: NODE },
    `node bee has another node in its place: ${ADDRESS}; its stamps are withheld`,
  ],
  [
    { change: 'nodeReturned', node: NODE },
    'nodeReturned',
    { node: NODE },
    'node bee answers again: its stamps are available again',
  ],
])('$change is logged with its event and fields', (change, event, logged, message) => {
  expect(lineOfChange(change)).toEqual({ fields: { event, ...logged }, message });
});

test('what is logged elsewhere, or says nothing new, is not logged', () => {
  const changes: readonly Change[] = [
    { change: 'orderPlanned', order: anOrder() },
    { change: 'orderSent', id },
    { change: 'stampAdded', stamp: aStamp() },
    { change: 'stampExpired', batchId: batchId(1) },
    { change: 'nodeObserved', node: NODE, observedAt: T0 },
    { change: 'nodeAwaited', node: NODE, since: T0 },
  ];
  expect(changes.map(lineOfChange)).toEqual([null, null, null, null, null, null]);
});

test('an order that is planned and a batch that is adopted are allocations', () => {
  const changes: readonly Change[] = [
    { change: 'orderPlanned', order: anOrder() },
    { change: 'stampAdded', stamp: aStamp() },
    { change: 'stampAdded', stamp: bought },
    { change: 'orderSent', id },
    { change: 'stampExpired', batchId: batchId(1) },
  ];
  expect(changes.map(isAllocation)).toEqual([true, true, false, false, false]);
});

test('a change is about a node, an order, a stamp or none of them', () => {
  const changes: readonly Change[] = [
    { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null },
    { change: 'nodeRetired', node: NODE },
    { change: 'orderPlanned', order: anOrder() },
    { change: 'orderSent', id },
    { change: 'stampAdded', stamp: aStamp() },
    { change: 'stampExpired', batchId: batchId(1) },
    { change: 'clockSet', byMs: 1 },
    { change: 'transactionsSuperseded', node: NODE, hashes: [] },
  ];
  expect(
    changes.map((change) =>
      [isNodeChange(change), isOrderChange(change), isStampChange(change)].indexOf(true),
    ),
  ).toEqual([0, 0, 1, 1, 2, 2, -1, -1]);
});

test('a change names its order or its stamp', () => {
  expect(orderIdOf({ change: 'orderPlanned', order: anOrder({ n: 3 }) })).toBe(orderId(3));
  expect(orderIdOf({ change: 'orderSent', id })).toBe(id);
  expect(batchIdOf({ change: 'stampAdded', stamp: aStamp({ n: 3 }) })).toBe(batchId(3));
  expect(batchIdOf({ change: 'stampExpired', batchId: batchId(4) })).toBe(batchId(4));
});

test('only a purchase has a batch that it bought', () => {
  const topUp = { ...newOrderRecord(aTopUp()), state: 'sent', sentAt: T0 } as const;
  const change = { change: 'orderConfirmed', id, batchId: batchId(1), txHash: null, atBlock: 5 } as const;
  expect(applyToOrder(topUp, change, T0)).toMatchObject({ state: 'confirmed', boughtBatchId: null });
  const purchase = { ...newOrderRecord(anOrder()), state: 'sent', sentAt: T0 } as const;
  expect(applyToOrder(purchase, change, T0)).toMatchObject({ boughtBatchId: batchId(1) });
});
